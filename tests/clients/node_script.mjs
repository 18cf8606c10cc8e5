// What every script here shares: one JSON argument in, JSON lines out, and an end when the test that started it ends.
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { readFileSync } from 'node:fs';

/** The settings: the first argument, as JSON. */
export const settings = JSON.parse(process.argv[2] ?? '{}');

/** Prints one line of JSON, which the test waits for. */
export function tell(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Ends this process when its standard input closes, so that none outlives its test. */
export function endWithParent() {
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
  process.stdin.resume();
}

/**
 * Serves `listener` on a free port of `settings.host`, by https when `settings.tls` names a certificate and key.
 * Answers with the server's origin.
 */
export async function listen(listener) {
  const { host = '127.0.0.1', port = 0, tls } = settings;
  const server = tls
    ? createHttpsServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }, listener)
    : createHttpServer(listener);
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return `${tls ? 'https' : 'http'}://${host}:${server.address().port}`;
}
