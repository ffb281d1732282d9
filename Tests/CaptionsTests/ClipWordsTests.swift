import Captions
import Testing

/// What the tokeniser makes of texts before it numbers them.
///
/// The words are those of the published tokeniser with
/// ftfy 6.3.1.
@Suite("CLIP's words")
struct ClipWordsTests {
    @Test(
        "Broken text is mended, and quotes, widths, ligatures, line breaks and controls made plain",
        arguments: [
            ("It\u{2019}s a \u{201C}young\u{201D} woman", ["it", "'s", "a", "\"", "young", "\"", "woman"]),
            ("ﬁne ﬂuﬀy hair", ["fine", "fluffy", "hair"]),
            ("ＦＵＬＬ\u{3000}ｗｉｄｔｈ \u{FF11}\u{FF12}\u{FF13}", ["full", "width", "1", "2", "3"]),
            ("ｶﾞﾗｽ", ["ガラス"]),
            ("cafe\u{301} nai\u{308}ve", ["café", "naïve"]),
            ("a\u{D}\u{A}b\u{D}c\u{2028}d\u{85}e", ["a", "b", "c", "d", "\u{2026}", "e"]),
            ("a\u{7}b\u{FEFF}c\u{1B}[31md", ["abcd"]),
            ("cafÃ\u{A9} with Ã\u{B1}", ["café", "with", "ñ"]),
            ("heâ\u{20AC}\u{2122}s â\u{20AC}œoldâ\u{20AC}\u{9D}", ["he", "'s", "\"", "old", "\""]),
            ("Â\u{A3}5 and 20Â\u{B0}", ["\u{A3}", "5", "and", "2", "0", "\u{B0}"]),
            ("ðŸ\u{2DC}\u{20AC} smile", ["\u{1F600}", "smile"]),
            ("ÃƒÂ\u{A9}tude", ["étude"]),
            ("å\u{BD}\u{BC}å\u{A5}\u{B3}", ["彼女"]),
            ("naÃ\u{AF}ve ZoÃ\u{AB}", ["naïve", "zoë"]),
            ("cafÃ\u{A9} 日本", ["café", "日本"]),
            ("MAÇÃ\u{2019} x", ["maçã", "'", "x"]),
            ("He said \u{201C}café\u{2026}\u{201D}", ["he", "said", "\"", "café", "\u{2026}\""]),
            ("naïve\u{2014}café", ["naïve", "\u{2014}", "café"]),
            ("É\u{2026} then", ["é", "\u{2026}", "then"]),
            ("Ĳssel ǅ ﬅ ŉ", ["ijssel", "dž", "ſt", "'", "n"]),
            ("\u{93}quoted\u{94} \u{85}", ["\"", "quoted", "\"", "\u{2026}"]),
            ("5 o\u{2019}clock shadow; 6\u{2032}", ["5", "o", "'", "clock", "shadow", ";", "6", "\u{2032}"]),
            ("e\u{301}\u{323}", ["ẹ", "\u{301}"]),
            ("Œuvre œuf", ["œuvre", "œuf"]),
            ("Ð\u{BF}Ñ\u{20AC}Ð\u{B8}Ð\u{B2}ÐµÑ\u{201A}", ["привет"]),
            ("AÃ\u{B1}o Nuevo\u{2026}", ["año", "nuevo", "\u{2026}"]),
            ("l\u{2019}été \u{AB}oui\u{BB}", ["l", "'", "été", "\u{AB}", "oui", "\u{BB}"]),
            ("voilÃ\u{A0} la", ["voilà", "la"]),
        ])
    func mended(text: String, words: [String]) throws { #expect(try clipWords(of: text) == words) }

    @Test(
        "References are decoded, with a semicolon or without, and twice",
        arguments: [
            ("tom &amp; jerry &lt;b&gt;", ["tom", "&", "jerry", "<", "b", ">"]),
            ("&amp;lt;", ["<"]),
            ("&amp;amp;amp;", ["&"]),
            ("&EACUTE;t&eacute;", ["été"]),
            ("&copy 2020 &copyright", ["\u{A9}", "2", "0", "2", "0", "\u{A9}", "right"]),
            ("it&#39;s &#x27;x&#X27; &#8217;", ["it", "'s", "'", "x", "'", "'"]),
            ("&#150; &#0; &#xD800; &#5;", ["\u{2013}", "\u{FFFD}", "\u{FFFD}"]),
            ("&notit; &unknown; & x &;", ["\u{AC}", "it", ";", "&", "unknown", ";", "&", "x", "&;"]),
            ("<b> &rsquo; &AMP;", ["<", "b", ">", "\u{2019}", "&"]),
            ("rock&nbsp;n&nbsp;roll", ["rock", "n", "roll"]),
            ("&quot;x&quot;&hearts;", ["\"", "x", "\"\u{2665}"]),
            ("Ａ&amp;Ｂ", ["a", "&", "b"]),
        ])
    func references(text: String, words: [String]) throws { #expect(try clipWords(of: text) == words) }

    @Test(
        "Words are contractions, letters, single digits, and runs of anything else",
        arguments: [
            ("ΟΔΥΣΣΕΥΣ Σ ΑΣ. ΑΣΑ", ["οδυσσευς", "σ", "ας", ".", "ασα"]),
            ("İstanbul STRASSE ẞ", ["i", "\u{307}", "stanbul", "strasse", "ß"]),
            (
                "don't I'd we'll they've I'm you're it's 'tis",
                ["don", "'t", "i", "'d", "we", "'ll", "they", "'ve", "i", "'m", "you", "'re", "it", "'s", "'t", "is"]
            ),
            (
                "a'stop 'sx '' !'s rock'n'roll",
                ["a", "'s", "top", "'s", "x", "''", "!'", "s", "rock", "'", "n", "'", "roll"]
            ),
            ("12 3\u{BD} \u{2163} x\u{B2}", ["1", "2", "3", "\u{BD}", "\u{2173}", "x", "\u{B2}"]),
            ("a_b-c...d!!!", ["a", "_", "b", "-", "c", "...", "d", "!!!"]),
            (
                "<|startoftext|> a<|endoftext|>b !<|endoftext|>",
                ["<|startoftext|>", "a", "<|endoftext|>", "b", "!<|", "endoftext", "|>"]
            ),
            ("\u{A0} tab\u{9}\u{3000}ideo\u{200B}zero", ["tab", "ideo", "\u{200B}", "zero"]),
            ("\u{1F469}\u{1F3FD}\u{200D}\u{1F9B1} curly", ["\u{1F469}\u{1F3FD}\u{200D}\u{1F9B1}", "curly"]),
            (
                "العربية ह\u{93F}न\u{94D}द\u{940} ไทย 한국어",
                ["العربية", "ह", "\u{93F}", "न", "\u{94D}", "द", "\u{940}", "ไทย", "한국어"]
            ),
            ("soft\u{AD}hyphen", ["soft", "\u{AD}", "hyphen"]),
            ("", []),
            ("   ", []),
            ("\u{BD} İ", ["\u{BD}", "i", "\u{307}"]),
        ])
    func words(text: String, words: [String]) throws { #expect(try clipWords(of: text) == words) }
}

/// The words that a text is cut into, read back from the bytes that a tokeniser without merges numbers.
private func clipWords(of text: String) throws -> [String] {
    let tokenizer = try BytePairTokenizer(merges: "")
    let printable = Array([UInt8(33)...126, 161...172, 174...255].joined())
    let alphabet = printable + (UInt8.min...UInt8.max).filter { !printable.contains($0) }
    var words: [String] = []
    var word: [UInt8] = []
    for id in try tokenizer.encode(text).dropFirst().dropLast() {
        switch id {
        case 0..<256: word.append(alphabet[id])
        case 256..<512:
            words.append(String(decoding: word + [alphabet[id - 256]], as: UTF8.self))
            word = []
        default: words.append(id == tokenizer.startToken ? "<|startoftext|>" : "<|endoftext|>")
        }
    }
    return words
}
