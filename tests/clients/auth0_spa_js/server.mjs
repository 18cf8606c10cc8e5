// Serves a single-page application made of @auth0/auth0-spa-js: three static files, and its settings.
//
// Settings: {host?, port?, tls?}
// Tells:    {base_url}, then reads one line, the settings of the page (see page.js), and tells {ready: true}.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { listen, tell } from '../node_script.mjs';

const library = createRequire(import.meta.url).resolve('@auth0/auth0-spa-js/package.json');
const own = (name) => readFileSync(new URL(name, import.meta.url));
const files = {
  '/': ['text/html; charset=utf-8', own('page.html')],
  '/page.js': ['text/javascript', own('page.js')],
  '/auth0-spa-js.js': [
    'text/javascript',
    readFileSync(library.replace('package.json', 'dist/auth0-spa-js.production.js')),
  ],
};

let pageSettings = '{}';
const base_url = await listen((request, response) => {
  const { pathname } = new URL(request.url, 'http://any');
  const [type, content] = pathname === '/settings.json' ? ['application/json', pageSettings] : files[pathname] ?? [];
  response.writeHead(content ? 200 : 404, { 'content-type': type ?? 'text/plain', 'cache-control': 'no-store' });
  response.end(content ?? 'nothing here');
});
tell({ base_url });

const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit(0));
[pageSettings] = await once(lines, 'line');
tell({ ready: true });
