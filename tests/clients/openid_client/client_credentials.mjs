// Client credentials for an API: RFC 6749 §4.4, and its access token as a resource server reads it, RFC 9068.
import * as oauth from 'oauth4webapi';
import { application, check, finish, manage, must, mustEqual, mustFail, oidc } from './hub.mjs';

const audience = 'https://orders.example/';
const scopes = [{ value: 'read:orders' }, { value: 'write:orders' }];
await manage('POST', 'resource-servers', { name: 'Orders', identifier: audience, scopes });
const machine = { app_type: 'non_interactive', grant_types: ['client_credentials'], callbacks: [] };
const { client, config } = await application(machine);
await manage('POST', 'client-grants', { client_id: client.client_id, audience, scope: ['read:orders'] });

/** The claims of `token` as the API reads them. */
async function atTheApi(token) {
  const request = new Request(`${audience}list`, { headers: { authorization: `Bearer ${token}` } });
  const insecure = { [oauth.allowInsecureRequests]: true };
  return oauth.validateJwtAccessToken(config.serverMetadata(), request, audience, insecure);
}

await check('a machine gets a token for the API it was granted', async () => {
  const tokens = await oidc.clientCredentialsGrant(config, { audience });
  must(tokens.id_token === undefined && tokens.refresh_token === undefined, 'more than an access token came');
  mustEqual(tokens.scope, 'read:orders', 'scope');
  const claims = await atTheApi(tokens.access_token);
  mustEqual(claims.client_id, client.client_id, 'client_id');
  mustEqual(claims.scope, 'read:orders', 'scope in the token');
});

await check('a scope it was not granted is not given', async () => {
  await mustFail(oidc.clientCredentialsGrant(config, { audience, scope: 'write:orders' }), 'invalid_scope');
});

await check('an API it was not granted is refused', async () => {
  const other = await application(machine);
  const error = await oidc.clientCredentialsGrant(other.config, { audience }).catch((refused) => refused);
  must(['access_denied', 'unauthorized_client', 'invalid_target'].includes(error.error), `error is ${error.error}`);
  await mustFail(oidc.clientCredentialsGrant(config, { audience: 'https://nowhere.example/' }), 'invalid_target');
});

finish();
