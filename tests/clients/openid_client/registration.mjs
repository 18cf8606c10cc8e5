// Dynamic client registration: RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration 1.0.
import {
  check, failure, finish, issuer, keyPair, manage, must, mustEqual, mustFail, oidc, redirect_uri, request, walk,
  wellFormed,
} from './hub.mjs';
import { settings } from '../node_script.mjs';

const execute = [oidc.allowInsecureRequests];
const server = new URL(issuer);

// An application that registered itself is somebody else's: it sees connections that are open to everybody.
await manage('PATCH', `connections/${settings.connection_id}`, { is_domain_connection: true });

async function initialAccessToken() {
  return (await manage('POST', 'initial-access-tokens', {})).token;
}

/** Registers an application by the library; opens the connection to it. */
async function registered(metadata, authentication) {
  const initial = await initialAccessToken();
  const options = { execute, initialAccessToken: initial };
  const asked = { redirect_uris: [redirect_uri], client_name: 'Registered', ...metadata };
  const config = await oidc.dynamicClientRegistration(server, asked, authentication, options);
  oidc.enableNonRepudiationChecks(config);
  const client = config.clientMetadata();
  const change = [{ client_id: client.client_id, status: true }];
  await manage('PATCH', `connections/${settings.connection_id}/clients`, change);
  return { config, client };
}

/** Signs in, by way of the page that asks whether this application may. */
async function signIn({ config, client }) {
  const { parameters, asked } = await request();
  const answer = await walk(oidc.buildAuthorizationUrl(config, parameters));
  wellFormed(await oidc.authorizationCodeGrant(config, answer, asked), client);
}

await check('an application registers itself and signs a person in', async () => {
  const app = await registered({ token_endpoint_auth_method: 'client_secret_post' });
  must(app.client.client_secret, 'no secret');
  mustEqual(app.client.client_name, 'Registered', 'client_name');
  await signIn(app);
});

await check('an application registers its keys and signs a person in', async () => {
  const { key, kid, jwks } = await keyPair('ES256');
  const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks };
  const app = await registered(metadata, oidc.PrivateKeyJwt({ key, kid }));
  must(app.client.client_secret === undefined, 'a secret nobody needs');
  await signIn(app);
});

await check('an application reads and removes its registration', async () => {
  const { config, client } = await registered({});
  const headers = { authorization: `Bearer ${client.registration_access_token}` };
  const read = await fetch(client.registration_client_uri, { headers });
  mustEqual((await read.json()).client_id, client.client_id, 'client_id');
  mustEqual((await fetch(client.registration_client_uri, { method: 'DELETE', headers })).status, 204, 'status');
  mustEqual((await fetch(client.registration_client_uri, { headers })).status, 401, 'status afterwards');
  await mustFail(oidc.clientCredentialsGrant(config), 'invalid_client');
});

await check('nobody registers without an initial access token', async () => {
  for (const initial of [undefined, 'nonsense']) {
    const options = { execute, initialAccessToken: initial };
    const error = await failure(oidc.dynamicClientRegistration(server, { redirect_uris: [redirect_uri] }, undefined, options));
    const status = error.status ?? error.cause?.status;
    mustEqual(status, 401, `${error}`);
  }
});

await check('what is wrong with a registration is said', async () => {
  for (const [metadata, code] of [
    [{ redirect_uris: ['http://127.0.0.1:1/callback#fragment'] }, 'invalid_redirect_uri'],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
  ]) {
    await mustFail(registered(metadata), code);
  }
});

finish();
