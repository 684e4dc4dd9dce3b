extension AdminPage {
    /// Reads `/events` and keeps the page up to date. Everything is put in as text: names come from route files.
    static let script = #"""
        'use strict';
        (() => {
        const find = (id) => document.getElementById(id);
        const make = (tag, name, text) => {
          const element = document.createElement(tag);
          if (name) element.className = name;
          if (text !== undefined) element.textContent = text;
          return element;
        };
        // Writing only what has changed keeps the reader's selection and a screen reader's place.
        const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };

        const SIGNS = {
          up: ['●', 'good'], connecting: ['◐', 'warn'], down: ['✖', 'bad'], idle: ['○', 'soft'],
          draining: ['◒', 'warn'], drained: ['◌', 'soft'],
        };
        const PHASES = {
          starting: ['◐', 'warn', 'starting'], serving: ['●', 'good', 'serving'],
          leaving: ['◒', 'warn', 'leaving: not ready, still serving'],
          draining: ['◒', 'warn', 'draining: finishing what is in flight'],
        };
        const POINTS = 60;

        // MARK: Texts

        const number = (value) => value === null || value === undefined ? '–'
          : Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Math.round(value * 10) / 10);
        const whole = (value) => value.toLocaleString('en');
        const time = (seconds) => {
          if (seconds === null || seconds === undefined) return '–';
          if (seconds < 0.001) return Math.round(seconds * 1e6) + ' µs';
          if (seconds < 1) return (seconds * 1e3).toFixed(seconds < 0.1 ? 1 : 0) + ' ms';
          return seconds.toFixed(2) + ' s';
        };
        const span = (milliseconds) => {
          const seconds = Math.max(0, Math.floor(milliseconds / 1000));
          const parts = [[86400, 'd'], [3600, 'h'], [60, 'm'], [1, 's']];
          const first = parts.findIndex(([size]) => seconds >= size);
          if (first < 0) return '0s';
          return parts.slice(first, first + 2).map(([size, unit], index) =>
            Math.floor(seconds / size) % (index === 0 ? 1e9 : size === 3600 ? 24 : 60) + unit).join(' ');
        };

        // MARK: Sparklines

        const series = new Map();
        const remember = (key, value) => {
          const points = series.get(key) || [];
          points.push(value || 0);
          if (points.length > POINTS) points.shift();
          series.set(key, points);
          return points;
        };
        const spark = () => {
          const space = 'http://www.w3.org/2000/svg';
          const svg = document.createElementNS(space, 'svg');
          svg.setAttribute('class', 'spark');
          svg.setAttribute('viewBox', '0 0 100 20');
          svg.setAttribute('preserveAspectRatio', 'none');
          svg.setAttribute('aria-hidden', 'true');
          svg.append(document.createElementNS(space, 'polyline'));
          return svg;
        };
        const draw = (svg, points) => {
          const most = Math.max(...points, 1e-9);
          const start = POINTS - points.length;
          svg.firstChild.setAttribute('points', points.map((value, index) =>
            ((start + index) * 100 / (POINTS - 1)).toFixed(1) + ',' + (19 - 18 * value / most).toFixed(1)).join(' '));
        };

        // MARK: The parts of the page

        const tiles = {};
        for (const [key, name] of [['rate', 'Requests per second'], ['errors', 'Errors per second'],
          ['inFlight', 'In flight'], ['connections', 'Connections']]) {
          const tile = make('div', 'tile');
          const parts = { value: make('div', 'value', '–'), more: make('div', 'more'), graph: spark() };
          tile.append(make('div', 'name', name), parts.value, parts.more, parts.graph);
          tiles[key] = parts;
          find('tiles').append(tile);
        }
        const tile = (key, value, text, more) => {
          say(tiles[key].value, text);
          say(tiles[key].more, more);
          draw(tiles[key].graph, remember('tile ' + key, value));
        };

        const COLUMNS = [
          ['Route', 'id', (route) => route.id], ['', null], ['Rate /s', 'rate', (route) => route.rate || 0],
          ['4xx /s', 'client', (route) => route.clientErrorRate || 0],
          ['5xx /s', 'server', (route) => route.serverErrorRate || 0],
          ['p50', 'p50', (route) => route.latency.p50 || 0], ['p95', 'p95', (route) => route.latency.p95 || 0],
          ['p99', 'p99', (route) => route.latency.p99 || 0], ['In flight', 'inFlight', (route) => route.inFlight],
        ];
        let order = null;
        let latest = null;
        for (const [name, key] of COLUMNS) {
          const head = make('th');
          head.scope = 'col';
          if (key) {
            const button = make('button', '', name);
            button.type = 'button';
            button.title = 'Sort by ' + name + '; again for the order of the route file';
            button.addEventListener('click', () => {
              order = order === key ? null : key;
              for (const other of find('heads').children) other.removeAttribute('aria-sort');
              if (order) head.setAttribute('aria-sort', key === 'id' ? 'ascending' : 'descending');
              if (latest) showRoutes(latest);
            });
            head.append(button);
          } else {
            head.append(make('span', 'unseen', 'Rate of the last minute'));
          }
          find('heads').append(head);
        }

        // Elements by key, so that rows are changed and not made anew.
        const keep = (list, items, key, create, update) => {
          const known = list.known || (list.known = new Map());
          const seen = new Set();
          let place = list.firstElementChild;
          for (const item of items) {
            const name = key(item);
            seen.add(name);
            let element = known.get(name);
            if (!element) known.set(name, element = create(item));
            update(element, item);
            if (element !== place) list.insertBefore(element, place); else place = place.nextElementSibling;
          }
          for (const [name, element] of known) {
            if (!seen.has(name)) { element.remove(); known.delete(name); }
          }
        };

        const words = () => find('filter').value.toLowerCase().split(/\s+/).filter((word) => word);
        const fits = (texts) => {
          const all = texts.join(' ').toLowerCase();
          return words().every((word) => all.includes(word));
        };
        const reasonsText = (reasons) => Object.entries(reasons).sort((a, b) => b[1] - a[1])
          .map(([name, count]) => name + ' ' + whole(count)).join(', ');

        const stateInto = (element, state) => {
          const [sign, colour] = SIGNS[state] || ['?', 'soft'];
          element.className = 'state ' + colour;
          say(element, sign + ' ' + state);
        };

        const makeService = () => {
          const card = make('article', 'service');
          const top = make('div', 'top');
          card.parts = { name: make('h3', 'name-text'), about: make('span', 'soft'), list: make('ul') };
          top.append(card.parts.name, card.parts.about);
          card.append(top, card.parts.list);
          return card;
        };
        const makeEndpoint = () => {
          const item = make('li');
          item.parts = { address: make('span', 'name-text'), state: make('span', 'state'), numbers: make('span', 'numbers') };
          item.append(item.parts.address, item.parts.state, item.parts.numbers);
          return item;
        };
        const showEndpoint = (item, endpoint) => {
          say(item.parts.address, endpoint.address);
          stateInto(item.parts.state, endpoint.state);
          const failed = reasonsText(endpoint.failures);
          say(item.parts.numbers, number(endpoint.rate) + '/s · ' + endpoint.inFlight + ' in flight · '
            + endpoint.connections + (endpoint.connections === 1 ? ' connection' : ' connections')
            + ' · p50 ' + time(endpoint.latency.p50) + ' · p95 ' + time(endpoint.latency.p95)
            + ' · p99 ' + time(endpoint.latency.p99)
            + (endpoint.connectFailures ? ' · ' + whole(endpoint.connectFailures) + ' failed to connect' : '')
            + (failed ? ' · ' + failed : ''));
        };
        const showServices = (status) => {
          const shown = status.services.filter((service) =>
            fits([service.name, ...service.endpoints.flatMap((endpoint) => [endpoint.address, endpoint.state])]));
          keep(find('services'), shown, (service) => service.name, makeService, (card, service) => {
            const up = service.endpoints.filter((endpoint) => endpoint.state === 'up').length;
            card.classList.toggle('is-down', service.endpoints.some((endpoint) => endpoint.state === 'down'));
            say(card.parts.name, service.name);
            say(card.parts.about, up + ' of ' + service.endpoints.length + ' up'
              + (service.queued ? ' · ' + service.queued + ' waiting' : '')
              + (service.unavailable ? ' · ' + whole(service.unavailable) + ' refused, none reachable' : '')
              + (service.overloaded ? ' · ' + whole(service.overloaded) + ' refused, all full' : ''));
            keep(card.parts.list, service.endpoints, (endpoint) => endpoint.address, makeEndpoint, showEndpoint);
          });
        };

        const LABELS = ['', '', 'Rate /s', '4xx /s', '5xx /s', 'p50', 'p95', 'p99', 'In flight'];
        const makeRoute = () => {
          const row = make('tr');
          row.cells_ = LABELS.map((label, index) => {
            const cell = make('td', index === 1 ? 'graph' : '');
            if (label) cell.dataset.label = label;
            row.append(cell);
            return cell;
          });
          row.parts = { id: make('span', 'id'), match: make('span', 'match'), why: make('span', 'why'), graph: spark() };
          row.cells_[0].append(row.parts.id, row.parts.match, row.parts.why);
          row.cells_[1].append(row.parts.graph);
          return row;
        };
        const showRoutes = (status) => {
          const shown = status.routes.filter((route) =>
            fits([route.id || 'no route', route.match, route.service, ...Object.keys(route.reasons)]));
          const by = COLUMNS.find(([, key]) => key && key === order);
          if (by && order === 'id') shown.sort((a, b) => a.id < b.id ? -1 : 1);
          else if (by) shown.sort((a, b) => by[2](b) - by[2](a));
          keep(find('routes'), shown, (route) => 'r ' + route.id, makeRoute, (row, route) => {
            say(row.parts.id, route.id || 'no route');
            say(row.parts.match, route.id ? route.match + ' → ' + route.verb + ' ' + route.service
              : 'requests that match none');
            say(row.parts.why, reasonsText(route.reasons));
            draw(row.parts.graph, series.get('route ' + route.id) || []);
            const values = [number(route.rate), number(route.clientErrorRate), number(route.serverErrorRate),
              time(route.latency.p50), time(route.latency.p95), time(route.latency.p99), whole(route.inFlight)];
            values.forEach((text, index) => say(row.cells_[index + 2], text));
            row.cells_[3].className = route.clientErrorRate > 0 ? 'warn' : '';
            row.cells_[4].className = route.serverErrorRate > 0 ? 'bad' : '';
            for (const index of [5, 6, 7]) row.cells_[index].className = route.latency.recent ? '' : 'whole';
          });
          find('no-routes').hidden = shown.length > 0 || status.routes.length === 0;
          say(find('matches'), words().length ? shown.length + ' of ' + status.routes.length + ' routes' : '');
        };

        const showReasons = (status) => {
          const sums = new Map();
          for (const route of status.routes) {
            for (const [name, count] of Object.entries(route.reasons)) sums.set(name, (sums.get(name) || 0) + count);
          }
          const all = [...sums].sort((a, b) => b[1] - a[1]);
          const most = all.length ? all[0][1] : 1;
          keep(find('reasons'), all, ([name]) => name, () => {
            const item = make('li');
            const bar = make('span', 'bar');
            bar.setAttribute('aria-hidden', 'true');
            item.parts = { name: make('span', 'name-text'), fill: make('i'), count: make('span') };
            bar.append(item.parts.fill);
            item.append(item.parts.name, bar, item.parts.count);
            return item;
          }, (item, [name, count]) => {
            say(item.parts.name, name);
            say(item.parts.count, whole(count));
            item.parts.fill.style.width = Math.max(1, 100 * count / most) + '%';
          });
          find('no-reasons').hidden = all.length > 0;
        };

        const showFacts = (status) => {
          const now = Date.parse(status.at);
          const reload = status.reload;
          const facts = [
            ['Up', span(now - Date.parse(status.startedAt))],
            ['Version', status.version],
            ['Routes', 'generation ' + reload.generation + (reload.hash ? ' (' + reload.hash.slice(0, 8) + ')' : '')],
            ['Last reload', reload.lastAttemptAt && (reload.succeeded || reload.failed)
              ? (reload.lastSucceeded ? '✓ ' : '✖ refused, the old routes stay, ') + span(now - Date.parse(reload.lastAttemptAt)) + ' ago'
              : 'none'],
            ['Listening', status.addresses.join(', ') || '–'],
          ];
          keep(find('facts'), facts, ([name]) => name, ([name]) => {
            const pair = make('div');
            pair.append(make('dt', '', name), make('dd'));
            return pair;
          }, (pair, [name, value]) => {
            say(pair.lastChild, value);
            pair.lastChild.className = name === 'Last reload' && !reload.lastSucceeded ? 'bad' : '';
          });
          showPhase(...(PHASES[status.phase] || ['?', 'soft', status.phase]));
        };
        const showPhase = (sign, colour, word) => {
          find('phase').className = 'phase ' + colour;
          say(find('phase').firstElementChild, sign);
          say(find('phase').lastElementChild, word);
        };

        // MARK: What is said aloud: only what somebody would turn their head for.

        const announce = (text) => say(find('announce'), text);
        const states = new Map();
        const announceChanges = (status) => {
          const news = [];
          for (const service of status.services) {
            for (const endpoint of service.endpoints) {
              const key = service.name + ' ' + endpoint.address;
              const before = states.get(key);
              const isNews = before && before !== endpoint.state && (endpoint.state === 'down' || before === 'down');
              if (isNews && endpoint.state !== 'connecting') news.push(service.name + ' ' + endpoint.address + ' is ' + endpoint.state);
              if (endpoint.state !== 'connecting') states.set(key, endpoint.state);
            }
          }
          if (news.length) announce(news.join('; '));
        };

        // MARK: Events

        let before = null;
        const show = (status) => {
          latest = status;
          // Of the last second, not of the window: a line should show the moment.
          const seconds = before ? (Date.parse(status.at) - Date.parse(before.at)) / 1000 : 0;
          const old = new Map(before ? before.routes.map((route) => [route.id, route]) : []);
          for (const route of status.routes) {
            const was = old.get(route.id);
            remember('route ' + route.id, was && seconds > 0 ? Math.max(0, route.requests - was.requests) / seconds : 0);
          }
          const total = status.totals;
          const since = (key) => before && seconds > 0 ? Math.max(0, total[key] - before.totals[key]) / seconds : 0;
          tile('rate', since('requests'), number(total.rate), whole(total.requests) + ' since the start');
          tile('errors', since('clientErrors') + since('serverErrors'),
            total.rate === null ? '–' : number(total.clientErrorRate + total.serverErrorRate),
            '4xx ' + whole(total.clientErrors) + ' · 5xx ' + whole(total.serverErrors));
          tile('inFlight', total.inFlight, whole(total.inFlight), status.loops + (status.loops === 1 ? ' loop' : ' loops'));
          tile('connections', status.connections.open, whole(status.connections.open),
            status.connections.upstream + ' to services' + (status.connections.refused ? ' · '
              + whole(status.connections.refused) + ' refused' : ''));
          showFacts(status);
          showServices(status);
          showRoutes(status);
          showReasons(status);
          announceChanges(status);
          before = status;
          find('main').hidden = false;
          find('token-form').hidden = true;
        };

        const TOKEN = 'martlet-admin-token';
        const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

        // Why the gateway does not show anything, in its own words.
        let refusal = '';

        const listen = async () => {
          const token = sessionStorage.getItem(TOKEN);
          refusal = '';
          // No header can carry another one.
          if (token && !/^[\x21-\x7e]+$/.test(token)) return 'unauthorized';
          const stop = new AbortController();
          // Events come every second; a silence means that the way to the gateway is gone.
          let watchdog = setTimeout(() => stop.abort(), 6000);
          try {
            const answer = await fetch('/events', {
              headers: token ? { authorization: 'Bearer ' + token } : {}, cache: 'no-store', signal: stop.signal,
            });
            if (answer.status === 401) return 'unauthorized';
            if (!answer.ok) {
              refusal = (await answer.json()).detail || 'HTTP ' + answer.status;
              return 'lost';
            }
            const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
            let text = '';
            for (;;) {
              const { value, done } = await reader.read();
              if (done) return 'lost';
              clearTimeout(watchdog);
              watchdog = setTimeout(() => stop.abort(), 6000);
              text += value;
              let end;
              while ((end = text.indexOf('\n\n')) >= 0) {
                const data = text.slice(0, end).split('\n').filter((line) => line.startsWith('data:'))
                  .map((line) => line.slice(5).trimStart()).join('\n');
                text = text.slice(end + 2);
                if (data) {
                  show(JSON.parse(data));
                  document.body.classList.remove('stale');
                  say(find('link'), 'live');
                }
              }
            }
          } catch {
            return 'lost';
          } finally {
            clearTimeout(watchdog);
          }
        };

        let askToken = null;
        find('token-form').addEventListener('submit', (event) => {
          event.preventDefault();
          sessionStorage.setItem(TOKEN, find('token').value.trim());
          find('token').value = '';
          if (askToken) askToken();
        });

        const run = async () => {
          let wait = 500;
          let wasLive = false;
          for (;;) {
            if (document.documentElement.dataset.token !== 'true' || sessionStorage.getItem(TOKEN)) {
              const end = await listen();
              if (end !== 'unauthorized') {
                if (find('link').textContent === 'live') {
                  wait = 500;
                  wasLive = true;
                  announce('The gateway does not answer.');
                }
                document.body.classList.toggle('stale', wasLive);
                showPhase('✖', 'bad', refusal ? 'refuses' : 'does not answer');
                say(find('link'), refusal || 'trying again');
                await pause(wait);
                wait = Math.min(wait * 2, 5000);
                continue;
              }
              sessionStorage.removeItem(TOKEN);
              say(find('token-error'), 'This token is not the gateway\'s.');
            }
            find('main').hidden = true;
            find('token-form').hidden = false;
            showPhase('…', 'soft', 'waiting for the token');
            say(find('link'), '');
            find('token').focus();
            await new Promise((done) => { askToken = done; });
            say(find('token-error'), '');
          }
        };

        // Links cannot carry the token.
        find('links').hidden = document.documentElement.dataset.token === 'true';
        find('filter').addEventListener('input', () => {
          if (!latest) return;
          showServices(latest);
          showRoutes(latest);
        });
        document.addEventListener('keydown', (event) => {
          const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
          if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
            event.preventDefault();
            find('filter').focus();
            find('filter').select();
          } else if (event.key === 'Escape' && document.activeElement === find('filter')) {
            find('filter').value = '';
            find('filter').dispatchEvent(new Event('input'));
            find('filter').blur();
          }
        });
        run();
        })();
        """#
}
