// The smallest browser a sign-in needs: a cookie jar, redirects taken by hand, HTML forms. No script is ever run.

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

function decodeEntities(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#([0-9]+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(parseInt(decimal, 10));
    return ENTITIES[name.toLowerCase()] ?? whole;
  });
}

function attributes(tag) {
  const found = {};
  for (const [, name, quoted, single, bare] of tag.matchAll(
    /([a-z][a-z0-9-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/gi,
  )) {
    found[name.toLowerCase()] ??= decodeEntities(quoted ?? single ?? bare ?? '');
  }
  return found;
}

/** What a browser shows: an address, a status, and the forms of its HTML. */
export class Page {
  constructor({ url, status, headers = new Headers(), text = '', form = undefined, stopped = false }) {
    Object.assign(this, { url, status, headers, text, form, stopped });
  }

  /** Every form: `{id, action, method, fields, buttons}`; fields and buttons as `[name, value, type]`. */
  get forms() {
    return [...this.text.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head, body]) => {
      const { id, action = '', method = 'get' } = attributes(head);
      const fields = [];
      const buttons = [];
      for (const [, element, rest] of body.matchAll(/<(input|button)\b([^>]*)>/gi)) {
        const { name, value = '', type = element === 'button' ? 'submit' : 'text', checked } = attributes(rest);
        const isButton = ['submit', 'image', 'button', 'reset'].includes(type);
        if (isButton) {
          if (type === 'submit') buttons.push([name, value, type]);
        } else if (name && (!['checkbox', 'radio'].includes(type) || checked !== undefined)) {
          fields.push([name, value, type]);
        }
      }
      return { id, action: new URL(action, this.url).href, method: method.toLowerCase(), fields, buttons };
    });
  }
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

function site(url) {
  const { protocol, hostname } = new URL(url);
  return `${protocol}//${LOOPBACK.test(hostname) ? hostname : hostname.split('.').slice(-2).join('.')}`;
}

/** A cookie jar and a history. Cookies ignore ports, as in every browser. */
export class Browser {
  #cookies = new Map();
  /** Every address asked for, in order. */
  visited = [];

  /** @param stopAt says of an address whether the walk ends before asking for it. */
  constructor({ stopAt = () => false } = {}) {
    this.stopAt = stopAt;
  }

  #remember(url, headers) {
    const { hostname, protocol } = new URL(url);
    for (const line of headers.getSetCookie()) {
      const [pair, ...rest] = line.split(';').map((part) => part.trim());
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const options = Object.fromEntries(
        rest.map((part) => part.split(/=(.*)/s)).map(([key, text = '']) => [key.toLowerCase(), text]),
      );
      const path = options.path?.startsWith('/') ? options.path : '/';
      const secure = 'secure' in options;
      const sameSite = options.samesite?.toLowerCase() ?? 'lax';
      const trusted = protocol === 'https:' || LOOPBACK.test(hostname);
      if ((secure && !trusted) || (sameSite === 'none' && !secure)) continue;
      const gone =
        ('max-age' in options && Number(options['max-age']) <= 0) ||
        ('expires' in options && !('max-age' in options) && Date.parse(options.expires) <= Date.now());
      const key = `${hostname} ${path} ${name}`;
      if (gone) this.#cookies.delete(key);
      else this.#cookies.set(key, { hostname, path, name, value, secure, sameSite });
    }
  }

  /** The `Cookie` header for a request to `url`, sent by a page of `from`. */
  #cookieHeader(url, method, from) {
    const { hostname, pathname, protocol } = new URL(url);
    const crossSite = from !== undefined && site(from) !== site(url);
    return [...this.#cookies.values()]
      .filter((cookie) => cookie.hostname === hostname)
      .filter(({ path }) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
      .filter((cookie) => !cookie.secure || protocol === 'https:' || LOOPBACK.test(hostname))
      .filter(({ sameSite }) => !crossSite || sameSite === 'none' || (sameSite === 'lax' && method === 'GET'))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  /** Asks for `url` and follows redirects, to a page or to an address where the walk stops. */
  async open(url, { form = undefined, from = undefined } = {}) {
    let method = form ? 'POST' : 'GET';
    for (let hops = 0; hops < 20; hops += 1) {
      if (this.stopAt(url)) return new Page({ url, form, stopped: true });
      this.visited.push(url);
      const headers = { accept: 'text/html', cookie: this.#cookieHeader(url, method, from) };
      if (form) headers.origin = from ? new URL(from).origin : 'null';
      const response = await fetch(url, { method, headers, body: form, redirect: 'manual' });
      this.#remember(url, response.headers);
      const location = response.headers.get('location');
      if (!location || response.status < 300 || response.status > 399) {
        return new Page({ url, status: response.status, headers: response.headers, text: await response.text() });
      }
      await response.arrayBuffer();
      if (![307, 308].includes(response.status)) [method, form] = ['GET', undefined];
      url = new URL(location, url).href;
    }
    throw new Error(`more than 20 redirects, the last to ${url}`);
  }

  /** Submits a form of `page`: its own values, `answers` in their place, and its first button. */
  async submit(page, form, answers = {}) {
    const values = new URLSearchParams();
    for (const [name, value] of form.fields) values.append(name, answers[name] ?? value);
    const [button] = form.buttons;
    if (button?.[0]) values.append(button[0], button[1]);
    if (form.method === 'post') return this.open(form.action, { form: values, from: page.url });
    const url = new URL(form.action);
    url.search = values;
    return this.open(url.href, { from: page.url });
  }

  /**
   * Opens `url` and goes on through every page that asks for nothing but what `answers` knows, to the page where
   * it cannot go on, or to an address where the walk stops.
   */
  async walk(url, answers = {}) {
    let page = await this.open(url);
    for (let steps = 0; steps < 10 && !page.stopped; steps += 1) {
      const form = page.forms.find(
        ({ method, fields }) =>
          method === 'post' && fields.every(([name, , type]) => type === 'hidden' || name in answers),
      );
      if (!form) return page;
      page = await this.submit(page, form, answers);
    }
    return page;
  }
}
