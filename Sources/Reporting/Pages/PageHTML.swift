// A page as one HTML file that needs nothing else: styles and charts are inside it, no script runs, nothing
// is fetched. It follows the reader's light or dark theme and prints in black on white, tables unbroken.

extension Page {
    public var html: String {
        var text = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(title.htmlSafe)</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <main>
            <h1>\(title.htmlSafe)</h1>

            """
        var isAmongCharts = false
        for block in blocks {
            // Neighbouring charts stand side by side where there is room.
            var isChart = false
            if case .chart = block { isChart = true }
            if isChart != isAmongCharts { text += isChart ? "<div class=\"charts\">\n" : "</div>\n" }
            isAmongCharts = isChart
            text += Self.html(of: block)
        }
        if isAmongCharts { text += "</div>\n" }
        return text + "</main>\n</body>\n</html>\n"
    }

    private static func html(of block: PageBlock) -> String {
        switch block {
        case .heading(let heading): return "<h2>\(heading.htmlSafe)</h2>\n"
        case .facts(let facts):
            let rows = facts.map { "<dt>\($0.name.htmlSafe)</dt><dd>\($0.value.htmlSafe)</dd>\n" }
            return "<dl>\n\(rows.joined())</dl>\n"
        case .highlights(let all):
            let cards = all.map { one in
                let note = one.note.isEmpty ? "" : "<span>\(one.note.htmlSafe)</span>"
                return "<div><small>\(one.name.htmlSafe)</small>"
                    + "<strong>\(one.value.htmlSafe)</strong>\(note)</div>\n"
            }
            return "<div class=\"cards\">\n\(cards.joined())</div>\n"
        case .table(let id, let table, let subtotals): return html(of: table, id: id, subtotals)
        case .paragraph(let paragraph): return "<p>\(paragraph.htmlSafe)</p>\n"
        case .chart(let caption, let svg):
            return "<figure>\n<figcaption>\(caption.htmlSafe)</figcaption>\n\(svg)</figure>\n"
        }
    }

    private static func html(of table: TextTable, id: String, _ subtotals: Set<Int>) -> String {
        let heads = table.columns.map { column in
            let unit = column.unit.isEmpty ? "" : "<small>\(column.unit.htmlSafe)</small>"
            let kind = column.numeric ? " class=\"n\"" : ""
            return "<th scope=\"col\"\(kind)>\(column.title.htmlSafe)\(unit)</th>"
        }
        var text = "<div class=\"wide\"><table id=\"\(id.htmlSafe)\">\n"
        text += "<thead><tr>\(heads.joined())</tr></thead>\n<tbody>\n"
        for (index, row) in table.rows.enumerated() {
            let kind = subtotals.contains(index) ? " class=\"subtotal\"" : ""
            text += "<tr\(kind)>\(cells(row, of: table))</tr>\n"
        }
        text += "</tbody>\n"
        if !table.totals.isEmpty {
            text += "<tfoot>\n"
            for row in table.totals { text += "<tr>\(cells(row, of: table))</tr>\n" }
            text += "</tfoot>\n"
        }
        return text + "</table></div>\n"
    }

    private static func cells(_ row: [String], of table: TextTable) -> String {
        zip(table.columns, row).map { column, cell in
            "<td\(column.numeric ? " class=\"n\"" : "")>\(cell.htmlSafe)</td>"
        }.joined()
    }

    private static let style = """
        :root { color-scheme: light dark; --ink: #1c2430; --soft: #5d6878; --line: #d8dde5; --back: #ffffff;
          --band: #f4f6f9; --c0: #2f6fb2; --c1: #d9822b; --c2: #3d9a5f; --c3: #a34fa8; --c4: #b8a12b;
          --c5: #8a93a0; --warn: #b4232a; --wash: #2f6fb222; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #9aa6b6; --line: #38424f;
          --back: #151a21; --band: #1d242d; --c0: #6aa9e9; --c1: #f0a65a; --c2: #6cc58d; --c3: #cf86d3;
          --c4: #d8c454; --c5: #78828f; --warn: #ff7b80;
          --wash: #6aa9e92e; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--back); color: var(--ink);
          font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
        main { max-width: 84rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
        h1 { font-size: 1.7rem; margin: 0 0 1rem; letter-spacing: -0.01em; }
        h2 { font-size: 1.1rem; margin: 2.2rem 0 0.5rem; padding-top: 0.9rem; border-top: 1px solid var(--line); }
        p { margin: 0.5rem 0; max-width: 52rem; color: var(--soft); }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1.2rem; margin: 0.5rem 0; }
        dt { color: var(--soft); }
        dd { margin: 0; overflow-wrap: anywhere; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; min-width: 60%; margin: 0.4rem 0; font-size: 0.93em; }
        th, td { padding: 0.3rem 0.55rem; text-align: left; vertical-align: baseline; white-space: nowrap; }
        th { color: var(--soft); font-weight: 600; border-bottom: 2px solid var(--line); vertical-align: bottom; }
        th small { display: block; font-weight: 400; }
        td { border-bottom: 1px solid var(--line); }
        .n { text-align: right; font-variant-numeric: tabular-nums; }
        tr.subtotal td { background: var(--band); font-weight: 600; }
        tfoot td { border-top: 2px solid var(--ink); border-bottom: 0; font-weight: 700; }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 0.8rem;
          margin: 1.4rem 0 0.6rem; }
        .cards div { border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.7rem 0.9rem; }
        .cards small, .cards strong, .cards span { display: block; }
        .cards small, .cards span { color: var(--soft); font-size: 0.86em; }
        .cards strong { font-size: 1.35rem; line-height: 1.45; font-variant-numeric: tabular-nums;
          white-space: nowrap; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr));
          gap: 1.2rem 2.4rem; margin: 1.4rem 0; align-items: start; }
        figure { margin: 0; }
        figcaption { font-weight: 600; font-size: 0.93em; margin-bottom: 0.35rem; }
        svg { display: block; width: 100%; height: auto; max-width: 46rem; }
        svg text { fill: var(--soft); font: 11px system-ui, "DejaVu Sans", sans-serif; }
        svg .axis { stroke: var(--line); stroke-width: 1; }
        svg .plan { stroke: var(--warn); stroke-width: 1.5; stroke-dasharray: 5 4; fill: none; }
        svg .spent { stroke: var(--c0); stroke-width: 2; fill: none; }
        svg .ahead { stroke: var(--c0); stroke-width: 1.5; stroke-dasharray: 2 3; fill: none; }
        svg .wash { fill: var(--wash); }
        .s0 { fill: var(--c0); } .s1 { fill: var(--c1); } .s2 { fill: var(--c2); } .s3 { fill: var(--c3); }
        .s4 { fill: var(--c4); } .s5 { fill: var(--c5); }
        @media print {
          :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --back: #fff; --band: #f2f2f2;
            --c0: #2f6fb2; --c1: #d9822b; --c2: #3d9a5f; --c3: #a34fa8; --c4: #b8a12b; --c5: #8a93a0;
            --warn: #b4232a; --wash: #2f6fb222; }
          @page { size: A4; margin: 16mm 14mm; }
          body { font-size: 9.5pt; }
          main { max-width: none; padding: 0; }
          .wide { overflow: visible; }
          table { font-size: 8pt; width: 100%; }
          th, td { padding: 0.18rem 0.4rem; white-space: normal; }
          .n { white-space: nowrap; }
          h2 { break-after: avoid; }
          .cards { grid-template-columns: repeat(4, 1fr); gap: 0.4rem; }
          .cards strong { font-size: 11pt; }
          .charts { grid-template-columns: 1fr 1fr; gap: 0.6rem 1rem; }
          tr, figure, dl, .cards { break-inside: avoid; }
          thead { display: table-header-group; }
          tfoot { display: table-row-group; }
          svg * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        }
        """
}
