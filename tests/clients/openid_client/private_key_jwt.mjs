// private_key_jwt: OpenID Connect Core §9, RFC 7523, with keys registered by value and by address.
import { createServer } from 'node:http';
import {
  application, check, configure, finish, keyPair, mustFail, must, oidc, register, signIn, wellFormed,
} from './hub.mjs';

const token_endpoint_auth_method = 'private_key_jwt';

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
  await check(`a sign-in with a key for ${alg}`, async () => {
    const { key, kid, jwks } = await keyPair(alg);
    const registration = { token_endpoint_auth_method, jwks };
    const { client, config } = await application(registration, () => oidc.PrivateKeyJwt({ key, kid }));
    must(client.client_secret === undefined, 'a secret nobody needs');
    wellFormed(await signIn(config), client);
  });
}

await check('a key that is not registered is refused', async () => {
  const [{ jwks }, { key, kid }] = [await keyPair('ES256'), await keyPair('ES256')];
  const registration = { token_endpoint_auth_method, jwks };
  const { config } = await application(registration, () => oidc.PrivateKeyJwt({ key, kid }));
  await mustFail(signIn(config), 'invalid_client');
});

await check('an assertion is used once', async () => {
  const { key, kid, jwks } = await keyPair('ES256');
  const client = await register({ token_endpoint_auth_method, jwks });
  const fixed = { [oidc.modifyAssertion]: (_header, claims) => Object.assign(claims, { jti: 'always the same' }) };
  const config = await configure(client, oidc.PrivateKeyJwt({ key, kid }, fixed));
  await signIn(config);
  await mustFail(signIn(config), 'invalid_client');
});

await check('keys at an address are found, and found again after they changed', async () => {
  let current = await keyPair('PS256', 'first');
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(current.jwks));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const jwks_uri = `http://127.0.0.1:${server.address().port}/jwks.json`;
  const client = await register({ token_endpoint_auth_method, jwks_uri });
  for (const kid of ['first', 'second']) {
    current = await keyPair('PS256', kid);
    const config = await configure(client, oidc.PrivateKeyJwt({ key: current.key, kid }));
    wellFormed(await signIn(config), client);
  }
  server.close();
  server.closeAllConnections();
});

finish();
