// Auth0's Management SDK against the hub's Management API: what existing scripts do, unchanged.
//
// Settings: {issuer, client_id, client_secret}
// Tells:    {checks: [{name, ok, detail?}]}; exit code 1 when one failed.
import { ManagementClient } from 'auth0';
import { endWithParent, settings, tell } from './node_script.mjs';

const { issuer, client_id, client_secret } = settings;
const checks = [];

function must(condition, message) {
  if (!condition) throw new Error(message);
}

async function check(name, promise) {
  try {
    await promise();
    checks.push({ name, ok: true });
  } catch (error) {
    checks.push({ name, ok: false, detail: `${error.name}: ${error.message} ${JSON.stringify(error.body ?? '')}` });
  }
}

/** The error that `promise` must end with, as the SDK knows it. */
async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it succeeded');
}

// The SDK speaks https alone; over http its address is rewritten.
const plain = (url, options) => fetch(String(url).replace(/^https:/, 'http:'), options);
const client = new ManagementClient({
  domain: new URL(issuer).host,
  clientId: client_id,
  clientSecret: client_secret,
  audience: new URL('api/v2/', issuer).href,
  maxRetries: 0,
  ...(issuer.startsWith('http:') ? { fetch: plain } : {}),
});

async function everything(page) {
  const items = [];
  for await (const item of page) items.push(item);
  return items;
}

const options = {
  type: 'back_channel',
  discovery_url: 'https://idp.example/.well-known/openid-configuration',
  client_id: 'at-idp',
  client_secret: 'secret-at-idp',
  scope: 'openid profile email',
};

endWithParent();

let application;
await check('clients.create gives an id and a secret', async () => {
  application = await client.clients.create({ name: 'Sdk', app_type: 'regular_web', callbacks: ['https://app.example/cb'] });
  must(application.client_id?.length === 32 && application.client_secret?.length === 64, 'no id or no secret');
});
await check('clients.get shows no secret', async () => {
  const read = await client.clients.get(application.client_id);
  must(read.name === 'Sdk' && read.client_secret === undefined, 'not as made');
});
await check('clients.update changes one property', async () => {
  const changed = await client.clients.update(application.client_id, { description: 'by the SDK' });
  must(changed.description === 'by the SDK' && changed.callbacks.length === 1, 'not as changed');
});
await check('clients.rotateSecret gives another secret', async () => {
  const rotated = await client.clients.rotateSecret(application.client_id);
  must(rotated.client_secret?.length === 64 && rotated.client_secret !== application.client_secret, 'no new secret');
});
await check('clients.list pages through everything', async () => {
  const ids = (await everything(await client.clients.list({ per_page: 1 }))).map((one) => one.client_id);
  must(ids.includes(application.client_id) && new Set(ids).size === 2, `found ${ids.length}`);
});

let connection;
await check('connections.create makes an oidc connection', async () => {
  connection = await client.connections.create({ name: 'sdk', strategy: 'oidc', options });
  must(/^con_[A-Za-z0-9]{16}$/.test(connection.id) && connection.options.client_secret === undefined, 'not as made');
});
await check('connections.create twice is a conflict', async () => {
  const error = await failure(client.connections.create({ name: 'sdk', strategy: 'oidc', options }));
  must(error.statusCode === 409, `${error}`);
});
await check('a bad body is a bad request that names the property', async () => {
  const bad = { name: 'bad', strategy: 'oidc', options: { ...options, fields_map: {} } };
  const error = await failure(client.connections.create(bad));
  must(error.statusCode === 400 && JSON.stringify(error.body).includes('fields_map'), `${error}`);
});
await check('connections.update merges options', async () => {
  const changed = await client.connections.update(connection.id, { options: { icon_url: 'https://idp.example/i.png' } });
  must(changed.options.icon_url && changed.options.discovery_url === options.discovery_url, 'options were replaced');
});
await check('connections.get reads it back', async () => {
  const read = await client.connections.get(connection.id);
  must(read.name === 'sdk' && read.options.has_client_secret === true, 'not as made');
});
await check('connections.list filters and pages through everything', async () => {
  for (let number = 0; number < 4; number++) {
    await client.connections.create({ name: `more${number}`, strategy: 'oidc', options });
  }
  const all = await everything(await client.connections.list({ take: 2, strategy: ['oidc'] }));
  must(all.length === 5, `found ${all.length}`);
  const named = await everything(await client.connections.list({ name: 'sdk' }));
  must(named.length === 1 && named[0].id === connection.id, `found ${named.length} by name`);
});
await check('connections.clients enables and lists', async () => {
  await client.connections.clients.update(connection.id, [{ client_id: application.client_id, status: true }]);
  const enabled = await everything(await client.connections.clients.get(connection.id));
  must(enabled.length === 1 && enabled[0].client_id === application.client_id, JSON.stringify(enabled));
});

let user;
await check('users.create makes a person with a password', async () => {
  await client.connections.create({ name: 'people', strategy: 'local' });
  user = await client.users.create({ connection: 'people', email: 'ada@people.example', password: 'correct horse' });
  must(user.user_id.startsWith('local|') && user.identities[0].connection === 'people', JSON.stringify(user));
});
await check('users.get finds an id with a bar in it', async () => {
  must((await client.users.get(user.user_id)).email === 'ada@people.example', 'not found');
});
await check('users.update blocks and merges metadata', async () => {
  const changed = await client.users.update(user.user_id, { blocked: true, app_metadata: { plan: 'gold' } });
  must(changed.blocked === true && changed.app_metadata.plan === 'gold', JSON.stringify(changed));
});
await check('users.list searches', async () => {
  const found = await everything(await client.users.list({ q: 'email:"ada@people.example"', search_engine: 'v3' }));
  must(found.length === 1 && found[0].user_id === user.user_id, `found ${found.length}`);
});
await check('users.listUsersByEmail finds', async () => {
  must((await client.users.listUsersByEmail({ email: 'ada@people.example' })).length === 1, 'not found');
});
await check('an unknown user is a NotFoundError', async () => {
  const error = await failure(client.users.get('oidc|sdk|nobody'));
  must(error.statusCode === 404 && error.name === 'NotFoundError', `${error.name} ${error}`);
});

await check('logs.list and logs.get show what was done', async () => {
  const entries = await everything(await client.logs.list({ per_page: 5 }));
  const made = entries.filter((entry) => entry.type === 'sapi');
  must(made.length >= 10, `found ${made.length}`);
  must((await client.logs.get(made[0].log_id)).description === made[0].description, 'not the same');
});

await check('keys.signing lists, gets, rotates and revokes', async () => {
  const before = await client.keys.signing.list();
  const next = before.find((key) => key.next && key.key_type === 'RSA');
  must((await client.keys.signing.get(next.kid)).kid === next.kid, 'not found');
  const rotated = await client.keys.signing.rotate();
  must(rotated.kid !== next.kid, JSON.stringify(rotated));
  must((await client.keys.signing.get(next.kid)).current === true, 'the next key does not sign');
  // The previous key signed the token of these very calls.
  must((await client.keys.signing.revoke(rotated.kid)).kid === rotated.kid, 'not revoked');
  must((await client.keys.signing.get(rotated.kid)).revoked === true, 'not revoked');
});

await check('users, connections and clients are deleted', async () => {
  await client.users.delete(user.user_id);
  await client.connections.delete(connection.id);
  await client.connections.delete(connection.id);
  await client.clients.delete(application.client_id);
  const error = await failure(client.connections.get(connection.id));
  must(error.statusCode === 404, `${error}`);
});

tell({ checks });
process.exit(checks.every((one) => one.ok) ? 0 : 1);
