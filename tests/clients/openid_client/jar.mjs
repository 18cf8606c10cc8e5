// Signed request objects: RFC 9101, OpenID Connect Core §6, by value and by address.
import { createServer } from 'node:http';
import {
  application, authorize, browser, check, finish, keyPair, must, mustEqual, mustFail, oidc, redirect_uri, request, walk,
  wellFormed,
} from './hub.mjs';

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
  await check(`a request signed by ${alg}`, async () => {
    const { key, kid, jwks } = await keyPair(alg);
    const { client, config } = await application({ jwks });
    const { parameters, asked } = await request();
    const url = await oidc.buildAuthorizationUrlWithJAR(config, parameters, { key, kid });
    mustEqual([...url.searchParams.keys()].filter((name) => name === 'nonce'), [], 'a nonce outside');
    wellFormed(await oidc.authorizationCodeGrant(config, await walk(url), asked), client);
  });
}

await check('a request signed by somebody else is refused', async () => {
  const [{ jwks }, { key, kid }] = [await keyPair('ES256'), await keyPair('ES256')];
  const { config } = await application({ jwks });
  const { parameters } = await request();
  const url = await oidc.buildAuthorizationUrlWithJAR(config, parameters, { key, kid });
  const page = await browser().open(url.href);
  must(page.stopped ? page.url.includes('error=invalid_request_object') : page.status === 400, `it went on: ${page.url}`);
});

await check('an application that has to sign is refused otherwise', async () => {
  const { jwks } = await keyPair('ES256');
  const { config } = await application({ jwks, require_signed_request_object: true });
  const { answer, asked } = await authorize(config);
  mustEqual(answer.origin, new URL(redirect_uri).origin, 'the place of the answer');
  await mustFail(oidc.authorizationCodeGrant(config, answer, asked), 'invalid_request');
});

await check('a request fetched from its registered address', async () => {
  const { key, kid, jwks } = await keyPair('ES256');
  let object = '';
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/oauth-authz-req+jwt');
    response.end(object);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const request_uri = `http://127.0.0.1:${server.address().port}/request.jwt`;
  const { client, config } = await application({ jwks, request_uris: [request_uri] });
  const { parameters, asked } = await request();
  const signed = await oidc.buildAuthorizationUrlWithJAR(config, parameters, { key, kid });
  object = signed.searchParams.get('request');
  const url = oidc.buildAuthorizationUrl(config, { request_uri });
  wellFormed(await oidc.authorizationCodeGrant(config, await walk(url), asked), client);

  const elsewhere = oidc.buildAuthorizationUrl(config, { request_uri: `${request_uri}?other` });
  const page = await browser().open(elsewhere.href);
  must(!page.stopped || page.url.includes('error=invalid_request_uri'), `an unregistered address: ${page.url}`);
  server.close();
  server.closeAllConnections();
});

finish();
