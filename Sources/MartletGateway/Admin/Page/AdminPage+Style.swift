extension AdminPage {
    /// Light and dark by the reader's choice. No state is told by colour alone: each has its sign and its word.
    static let style = #"""
        :root {
          --paper: #f7f7f4; --card: #ffffff; --ink: #1b2226; --soft: #5a666d; --line: #dcdeda;
          --accent: #0b7a75; --good: #1c7c3c; --warn: #8f5a00; --bad: #b3261e; --spark: #0b7a75;
          --focus: #0b5fff;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #12171a; --card: #1a2125; --ink: #e8ecec; --soft: #9fadb3; --line: #2d373c;
            --accent: #4fc4bd; --good: #6cd08a; --warn: #f0b354; --bad: #ff8a80; --spark: #4fc4bd;
            --focus: #8ab4ff;
          }
        }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body {
          margin: 0 auto; max-width: 84rem; padding: 1rem 1.5rem 3rem; background: var(--paper); color: var(--ink);
          font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
        }
        h1, h2, h3, p, dl, ul { margin: 0; padding: 0; }
        h1 { font-size: 1.35rem; letter-spacing: -.01em; display: flex; align-items: center; gap: .5rem; }
        h2 { font-size: 1rem; margin: 1.75rem 0 .6rem; }
        h3 { font-size: .95rem; }
        a { color: var(--accent); }
        :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        .skip { position: absolute; left: -99rem; }
        .skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .3rem .6rem; z-index: 1; }
        .bird { width: 1.5rem; height: 1.5rem; fill: var(--accent); }
        header { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1.5rem; padding-bottom: .8rem;
          border-bottom: 1px solid var(--line); }
        .phase { font-weight: 600; } .link:empty { display: none; }
        .link { color: var(--soft); margin-left: auto; font-size: .85rem; }
        .facts { display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; font-size: .85rem; }
        .facts div { display: flex; gap: .35rem; }
        .facts dt, .soft { color: var(--soft); }
        .facts dd { margin: 0; font-variant-numeric: tabular-nums; }
        .good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin-top: 1rem; }
        .tile, .service, #token-form { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
        .tile { padding: .7rem .9rem; min-width: 0; }
        .tile .name { color: var(--soft); font-size: .85rem; }
        .tile .value { font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.2; }
        .tile .more { color: var(--soft); font-size: .8rem; min-height: 1.2em; }
        .spark { display: block; width: 100%; height: 1.8rem; margin-top: .35rem; }
        .spark polyline { fill: none; stroke: var(--spark); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
        .filter { display: flex; align-items: center; gap: .5rem; margin-top: 1.25rem; flex-wrap: wrap; }
        .filter label { font-weight: 600; }
        input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--soft); border-radius: 8px;
          padding: .4rem .6rem; min-width: 0; }
        .filter input { flex: 0 1 26rem; }
        kbd { border: 1px solid var(--line); border-radius: 4px; padding: 0 .4rem; color: var(--soft); font: inherit;
          font-size: .85rem; }
        #matches { color: var(--soft); font-size: .85rem; }
        .services { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: .75rem; }
        .service { padding: .8rem .9rem; min-width: 0; }
        .service.is-down { border-color: var(--bad); }
        .service .top { display: flex; justify-content: space-between; gap: .75rem; align-items: baseline; }
        .service ul { list-style: none; margin-top: .4rem; }
        .service li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .1rem .75rem; padding: .4rem 0;
          border-top: 1px solid var(--line); }
        .name-text { overflow-wrap: anywhere; }
        .service .numbers { grid-column: 1 / -1; color: var(--soft); font-size: .85rem; font-variant-numeric: tabular-nums; }
        .state { font-weight: 600; white-space: nowrap; }
        table { width: 100%; border-collapse: separate; overflow: hidden; background: var(--card); border: 1px solid var(--line);
          border-radius: 10px; border-spacing: 0; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: .45rem .7rem; vertical-align: top; }
        th:first-child, td:first-child, th.text, td.text { text-align: left; }
        thead th { font-size: .8rem; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--line);
          white-space: nowrap; }
        tbody tr + tr td { border-top: 1px solid var(--line); }
        th button { font: inherit; color: inherit; background: none; border: 0; padding: .15rem 0; cursor: pointer; }
        th button:hover, th[aria-sort] button { color: var(--ink); text-decoration: underline; }
        td .id { font-weight: 600; overflow-wrap: anywhere; }
        td .match { display: block; color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
        td .why { display: block; font-size: .8rem; color: var(--soft); overflow-wrap: anywhere; }
        td.graph { width: 7rem; padding-top: .2rem; }
        td.whole { font-style: italic; }
        .reasons { list-style: none; display: grid; gap: .4rem; }
        .reasons li { display: grid; grid-template-columns: minmax(9rem, 16rem) 1fr auto; gap: .75rem; align-items: center; }
        .bar { height: .6rem; background: var(--line); border-radius: 4px; overflow: hidden; }
        .bar i { display: block; height: 100%; background: var(--bad); }
        .empty { color: var(--soft); }
        #token-form { margin: 2rem auto; padding: 1.25rem; max-width: 28rem; display: grid; gap: .6rem; }
        #token-form h2 { margin: 0; }
        button[type=submit] { font: inherit; font-weight: 600; color: var(--paper); background: var(--accent); border: 0;
          border-radius: 8px; padding: .5rem 1rem; cursor: pointer; }
        footer { margin-top: 2rem; padding-top: .8rem; border-top: 1px solid var(--line); color: var(--soft);
          font-size: .85rem; }
        footer a { margin-right: .75rem; white-space: nowrap; }
        body.stale main { opacity: .55; }
        @media (prefers-reduced-motion: no-preference) { main { transition: opacity .2s; } }
        @media (max-width: 48rem) {
          body { padding: .75rem .75rem 2rem; }
          .link { margin-left: 0; width: 100%; }
          .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .5rem; }
          .tile { padding: .55rem .7rem; } .tile .value { font-size: 1.25rem; }
          .filter input { flex: 1 1 9rem; } kbd { display: none; }
          table.routes, .routes tbody, .routes tr, .routes td { display: block; width: auto; }
          .routes thead tr { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: .4rem .7rem; }
          .routes thead th { padding: 0; border: 0; }
          .routes thead { display: block; border-bottom: 1px solid var(--line); }
          .routes tbody tr { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); padding: .6rem .7rem;
            gap: .3rem .6rem; }
          .routes tbody tr + tr { border-top: 1px solid var(--line); }
          .routes tbody tr + tr td { border: 0; }
          .routes td { padding: 0; text-align: left; }
          .routes td:first-child { grid-column: 1 / -1; }
          .routes td:nth-child(n+3) { order: 1; } .routes td:nth-child(n+6) { order: 3; }
          .routes td:nth-child(9) { order: 2; } .routes td.graph { width: auto; order: 4; }
          .routes td[data-label]::before { content: attr(data-label); display: block; color: var(--soft);
            font-size: .75rem; font-style: normal; }
          .reasons li { grid-template-columns: minmax(0, 1fr) 4rem auto; }
        }
        """#
}
