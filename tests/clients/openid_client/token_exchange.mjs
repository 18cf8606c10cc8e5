// Token exchange among the hub's own tokens: RFC 8693.
import { application, check, finish, manage, must, mustEqual, mustFail, oidc, signIn, verified } from './hub.mjs';

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const subject_token_type = 'urn:ietf:params:oauth:token-type:access_token';
const audience = 'https://orders.example/';
const scopes = [{ value: 'read:orders' }, { value: 'write:orders' }];
const front = 'https://front.example/';
const app = await application();
const machine = { app_type: 'non_interactive', grant_types: ['client_credentials', GRANT], callbacks: [] };
const service = await application(machine);
const { client_id } = service.client;
// The service is the API at the front, and calls the next one.
await manage('POST', 'resource-servers', {
  name: 'Front', identifier: front, client_id, scopes: [{ value: 'use' }, ...scopes],
});
await manage('POST', 'resource-servers', { name: 'Orders', identifier: audience, scopes });
await manage('POST', 'client-grants', { client_id, audience, scope: ['read:orders'] });

async function personsToken() {
  const tokens = await signIn(app.config, { audience: front, scope: 'openid use read:orders' });
  return { subject: tokens.claims().sub, subject_token: tokens.access_token };
}

await check("a service exchanges a person's token for one to the next API, in their name and its own", async () => {
  const { subject, subject_token } = await personsToken();
  const parameters = { subject_token, subject_token_type, audience, scope: 'read:orders' };
  const answer = await oidc.genericGrantRequest(service.config, GRANT, parameters);
  mustEqual(answer.issued_token_type, subject_token_type, 'issued_token_type');
  must(answer.refresh_token === undefined, 'a refresh token came');
  const { claims } = await verified(service.config, answer.access_token, { audience, typ: 'at+jwt' });
  mustEqual(claims.sub, subject, 'sub');
  mustEqual(claims.client_id, service.client.client_id, 'client_id');
  mustEqual(claims.scope, 'read:orders', 'scope');
  mustEqual(claims.act?.sub, service.client.client_id, 'act');
});

await check('scopes only narrow', async () => {
  const { subject_token } = await personsToken();
  const parameters = { subject_token, subject_token_type, audience, scope: 'write:orders' };
  await mustFail(oidc.genericGrantRequest(service.config, GRANT, parameters), 'invalid_scope');
});

await check('a token that was made for somebody else is refused', async () => {
  const { subject_token } = await personsToken();
  const other = await application(machine);
  await manage('POST', 'client-grants', { client_id: other.client.client_id, audience, scope: ['read:orders'] });
  const parameters = { subject_token, subject_token_type, audience };
  await mustFail(oidc.genericGrantRequest(other.config, GRANT, parameters), 'invalid_request');
});

await check('an application without the grant type is refused', async () => {
  const { subject_token } = await personsToken();
  const parameters = { subject_token, subject_token_type, audience };
  await mustFail(oidc.genericGrantRequest(app.config, GRANT, parameters), 'unauthorized_client');
});

await check('a token of another issuer, or of another kind, is refused', async () => {
  const tokens = await signIn(app.config);
  for (const subject_token of [tokens.id_token, 'eyJhbGciOiJub25lIn0.e30.', 'nonsense']) {
    const parameters = { subject_token, subject_token_type, audience };
    const error = await oidc.genericGrantRequest(service.config, GRANT, parameters).catch((refused) => refused);
    must(['invalid_grant', 'invalid_request'].includes(error.error), `error is ${error.error}`);
  }
});

finish();
