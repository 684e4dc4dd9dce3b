extension AdminPage {
    /// What stands there before the first event has come, and the places that the script fills.
    static let markup = #"""
        <a class="skip" href="#routes-title">Skip to the routes</a>
        <header>
          <h1><svg class="bird" viewBox="0 0 16 16" aria-hidden="true"><path
            d="M1 3c4 0 6 2 7 5 1-3 3-5 7-5-2 1-3 3-3 5l3 3-5-1-2 3-2-3-5 1 3-3c0-2-1-4-3-5z"/></svg>Martlet</h1>
          <p class="phase" id="phase"><span class="mark" aria-hidden="true">…</span> <span class="word">connecting</span></p>
          <dl class="facts" id="facts"></dl>
          <p class="link" id="link">waiting for the gateway</p>
        </header>
        <div id="announce" class="unseen" role="status" aria-live="polite"></div>
        <form id="token-form" hidden>
          <h2>This gateway wants its admin token</h2>
          <p>It is kept in this tab only, until the tab is closed.</p>
          <label for="token">Token</label>
          <input id="token" type="password" autocomplete="off" spellcheck="false" required>
          <button type="submit">Show</button>
          <p id="token-error" class="bad" role="alert"></p>
        </form>
        <main id="main" hidden>
          <section class="tiles" id="tiles" aria-label="Totals"></section>
          <div class="filter">
            <label for="filter">Filter</label>
            <input id="filter" type="search" placeholder="route, path, service, endpoint, reason" autocomplete="off"
              spellcheck="false">
            <kbd aria-hidden="true">/</kbd>
            <span id="matches"></span>
          </div>
          <section aria-labelledby="services-title">
            <h2 id="services-title">Services</h2>
            <div class="services" id="services"></div>
          </section>
          <section aria-labelledby="routes-title">
            <h2 id="routes-title" tabindex="-1">Routes</h2>
            <table class="routes">
              <thead><tr id="heads"></tr></thead>
              <tbody id="routes"></tbody>
            </table>
            <p class="empty" id="no-routes" hidden>No route matches the filter.</p>
          </section>
          <section aria-labelledby="reasons-title">
            <h2 id="reasons-title">Why requests failed</h2>
            <ul class="reasons" id="reasons"></ul>
            <p class="empty" id="no-reasons">Nothing failed since the start.</p>
          </section>
        </main>
        <footer>
          <p>Rates and percentiles are those of the last ten seconds; percentiles in <i>italics</i> are those since the start.
          All else is since the start. 
          <span id="links"><a href="/metrics">metrics</a> <a href="/config?format=yaml">configuration</a></span></p>
        </footer>
        """#
}
