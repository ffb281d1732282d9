/// Breaks text into lines that are no wider than a limit.
///
/// Lines break at white space; a word that is wider than a line breaks between characters. Text beyond `lines` lines is
/// cut, and the last line then ends in an ellipsis.
func wrap(_ text: String, width: Int, lines limit: Int, measure: (String) -> Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(whereSeparator: \.isWhitespace) {
        let longer = line.isEmpty ? String(word) : line + " " + word
        if measure(longer) <= width {
            line = longer
            continue
        }
        if !line.isEmpty { lines.append(line) }
        var pieces = pieces(of: word, width: width, measure: measure)
        line = pieces.removeLast()
        lines += pieces
        // Enough to know that it is too long: a hostile caption of a million words ends here.
        if lines.count > limit { break }
    }
    if !line.isEmpty { lines.append(line) }
    guard lines.count > limit, limit > 0 else { return Array(lines.prefix(max(limit, 0))) }
    var kept = Array(lines.prefix(limit))
    kept[limit - 1] = shortened(kept[limit - 1], width: width, measure: measure)
    return kept
}

/// A word cut into pieces that fit; at least one piece, each of at least one character.
private func pieces(of word: Substring, width: Int, measure: (String) -> Int) -> [String] {
    guard measure(String(word)) > width else { return [String(word)] }
    var pieces: [String] = []
    var piece = ""
    for character in word {
        if !piece.isEmpty, measure(piece + String(character)) > width {
            pieces.append(piece)
            piece = ""
        }
        piece.append(character)
    }
    return pieces + [piece]
}

private func shortened(_ line: String, width: Int, measure: (String) -> Int) -> String {
    var line = line
    while !line.isEmpty, measure(line + "…") > width {
        line.removeLast()
    }
    return line + "…"
}
