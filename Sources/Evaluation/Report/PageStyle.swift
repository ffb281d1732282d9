/// How the page of an evaluation looks: in the reader's light or dark, on paper too, without anything from elsewhere.
enum PageStyle {
    static let css = """
        :root { color-scheme: light dark; --ground: #fbfaf7; --ink: #22252a; --faint: #6a6e75; --line: #dcd9d1;
          --card: #ffffff; --accent: #0c4a6c; --good: #1c6b3c; --bad: #a3341c; }
        @media (prefers-color-scheme: dark) {
          :root { --ground: #17191c; --ink: #e4e2dc; --faint: #9a9da3; --line: #34383e; --card: #1f2226;
            --accent: #8cc4e4; --good: #7fce9c; --bad: #f09a80; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 74rem; background: var(--ground);
          color: var(--ink); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
        h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
        h2 { font-size: 1.3rem; margin: 2.8rem 0 .4rem; padding-top: 1.2rem; border-top: 1px solid var(--line); }
        h3 { font-size: 1rem; margin: 1.6rem 0 .5rem; }
        p { max-width: 52rem; margin: .5rem 0; }
        .faint, figcaption { color: var(--faint); font-size: .9rem; }
        code { font-size: .85em; overflow-wrap: anywhere; }
        .wide { overflow-x: auto; margin: 1rem 0; }
        table { border-collapse: collapse; min-width: 36rem; background: var(--card); font-size: .92rem; }
        th, td { padding: .35rem .8rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
        thead th { color: var(--faint); font-weight: 600; border-bottom-width: 2px; }
        tbody th { font-weight: 400; } .group th { font-weight: 600; padding-top: .9rem; }
        .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .met { color: var(--good); font-weight: 600; } .missed { color: var(--bad); font-weight: 600; }
        .note { border-left: 3px solid var(--accent); padding: .1rem 1rem; margin: 1rem 0; }
        figure { margin: .8rem 0 1.2rem; }
        figcaption { margin-bottom: .25rem; }
        .faces { display: flex; flex-wrap: wrap; gap: 3px; }
        .faces img { width: 96px; height: auto; display: block; }
        .faces div { width: 96px; } .faces span { display: block; color: var(--faint); font-size: .75rem;
          line-height: 1.3; padding: .2rem 0 .4rem; }
        details { margin: .8rem 0; } summary { cursor: pointer; color: var(--accent); }
        @media print { body { padding: 0; max-width: none; font-size: 11px; } .faces img { width: 56px; }
          .faces div { width: 56px; }
          h2, h3 { break-after: avoid; } figure, tr { break-inside: avoid; } }
        """
}
