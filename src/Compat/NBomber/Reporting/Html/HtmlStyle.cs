namespace NBomber.Reporting.Html;

internal static class HtmlStyle
{
    // Colours are told apart by people who see red and green alike, and lines by their dashes too.
    public const string Sheet = """
        :root { --page: #f6f7f9; --card: #fff; --ink: #1d2430; --soft: #5b6675; --rule: #e3e7ec; --accent: #1f6fb2; --good: #16794c;
          --good-bg: #e2f4ea; --bad: #b3332b; --bad-bg: #fbe7e5; --warn: #8a5a00; --warn-bg: #fdf1d7; --ok: #2878b8; --fail: #c8463c;
          --p50: #2878b8; --p95: #b07a12; --p99: #8b4fb0; --k0: #c8463c; --k1: #e0913a; --k2: #8b4fb0; --k3: #3b8f86; --k4: #6b7686;
          --k5: #a8b0bb }
        @media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1a2029; --ink: #e4e9f0; --soft: #9aa6b5; --rule: #2b3441;
          --accent: #7ab8ec; --good: #74d3a2; --good-bg: #173527; --bad: #f49a92; --bad-bg: #41211f; --warn: #ecc475; --warn-bg: #3a2d12;
          --ok: #64aee6; --fail: #ee7d74; --p50: #64aee6; --p95: #e3b04e; --p99: #c39be2; --k0: #ee7d74; --k1: #f0b164; --k2: #c39be2;
          --k3: #6cc5ba; --k4: #94a0b0; --k5: #5d6877 } }
        * { box-sizing: border-box }
        body { margin: 0; background: var(--page); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
          font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100% }
        main { max-width: 76rem; margin: 0 auto; padding: 2.5rem 1.5rem 3rem }
        h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; font-weight: 650; letter-spacing: -.01em; overflow-wrap: anywhere }
        h2 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 1rem; font-weight: 620; overflow-wrap: anywhere }
        h3 { font-size: .95rem; margin: 1.6rem 0 .5rem; font-weight: 620 }
        a { color: var(--accent) }
        .suite { margin: 0 0 .15rem; color: var(--soft); overflow-wrap: anywhere }
        .badge { display: inline-block; vertical-align: .3em; margin-left: .4rem; padding: .15rem .65rem; border-radius: 1rem;
          font-size: .8rem;
          font-weight: 600; letter-spacing: 0; white-space: nowrap }
        .badge.good { color: var(--good); background: var(--good-bg) } .badge.bad { color: var(--bad); background: var(--bad-bg) }
        .badge.warn { color: var(--warn); background: var(--warn-bg) }
        .facts { display: flex; flex-wrap: wrap; gap: .5rem 2.2rem; margin: 0 0 1.6rem }
        .facts dt { color: var(--soft); font-size: .8rem } .facts dd { margin: 0; overflow-wrap: anywhere }
        section { background: var(--card); border: 1px solid var(--rule); border-radius: .8rem; padding: 1.5rem; margin: 0 0 1.4rem }
        .notes { background: var(--warn-bg); border-color: transparent; padding: 1.1rem 1.5rem } .notes h2 { font-size: 1rem;
          margin: 0 0 .3rem }
        .notes ul { margin: 0; padding-left: 1.1rem } .notes li { overflow-wrap: anywhere }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .8rem; margin: 0 0 1.6rem }
        .tile { background: var(--page); border-radius: .6rem; padding: .8rem 1rem } .tile * { display: block }
        .tile span, .tile small { color: var(--soft); font-size: .8rem } .tile strong { font-size: 1.45rem; font-weight: 600;
          line-height: 1.35 }
        .bad { color: var(--bad) } .tile.bad { color: inherit; background: var(--bad-bg) } .tile.bad strong { color: var(--bad) }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1.6rem 2rem }
        figure { margin: 0; min-width: 0 } figcaption h3 { margin: 0 } figcaption p { margin: 0 0 .4rem; color: var(--soft);
          font-size: .85rem; overflow-wrap: anywhere }
        svg { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums }
        .grid { stroke: var(--rule) } .tick, .unit { fill: var(--soft) }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round } .area { opacity: .13 }
        .hint { fill: transparent }
        .hint:hover { fill: var(--soft); fill-opacity: .12 }
        .legend { display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; list-style: none; margin: .2rem 0 0; padding: 0;
          color: var(--soft); font-size: .85rem }
        .legend li { overflow-wrap: anywhere } .legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem;
          margin-right: .4rem; vertical-align: -.08rem; background: var(--c) }
        .ok { --c: var(--ok) } .fail { --c: var(--fail) } .p50 { --c: var(--p50) } .p95 { --c: var(--p95) } .p99 { --c: var(--p99) }
        .k0 { --c: var(--k0) } .k1 { --c: var(--k1) } .k2 { --c: var(--k2) } .k3 { --c: var(--k3) } .k4 { --c: var(--k4) }
        .k5 { --c: var(--k5) }
        .line { stroke: var(--c) } .area, .bar, .dot { fill: var(--c) } .line.p95 { stroke-dasharray: 7 4 }
        .line.p99, .line.fail { stroke-dasharray: 2 4 }
        .wide { overflow-x: auto; margin: 0 -.5rem } .wide:focus-visible { outline: 2px solid var(--accent); border-radius: .3rem }
        table { border-collapse: collapse; width: 100%; font-size: .9rem }
        th, td { padding: .4rem .5rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap }
        tr:last-child > * { border-bottom: 0 } thead th { color: var(--soft); font-weight: 500; font-size: .8rem }
        th:first-child, .codes :is(th, td):last-child { text-align: left; white-space: normal; overflow-wrap: anywhere }
        tbody th { font-weight: 500; min-width: 12rem }
        .codes td:last-child { min-width: 14rem; width: 60% } td:nth-child(2):has(.kind) { text-align: left }
        .kind { color: var(--c); font-weight: 600; font-size: .8rem } .kind.ok { color: var(--good) } .kind.fail { color: var(--bad) }
        .aside, footer { color: var(--soft); font-size: .85rem } .aside { margin: 1rem 0 0 }
        @media (max-width: 40rem) { main { padding: 1.3rem .8rem 2rem } section { padding: 1.1rem 1rem } h1 { font-size: 1.5rem }
        svg { font-size: 15px }
          .tiles { grid-template-columns: 1fr 1fr } .facts { gap: .4rem 1.4rem } }
        @media print { body { background: #fff } section { break-inside: avoid } }

        """;
}
