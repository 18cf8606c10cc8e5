// Pushed authorization requests: RFC 9126.
import {
  application, authorize, browser, check, finish, issuer, member, must, mustEqual, mustFail, oidc, redirect_uri, request, walk,
  wellFormed,
} from './hub.mjs';

const { client, config } = await application({ require_pushed_authorization_requests: true });

async function push(extra) {
  const { parameters, asked } = await request(extra);
  return { url: await oidc.buildAuthorizationUrlWithPAR(config, parameters), asked };
}

await check('a pushed request signs in, and shows nothing of itself in the browser', async () => {
  const { url, asked } = await push();
  mustEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri'], 'the parameters in the browser');
  wellFormed(await oidc.authorizationCodeGrant(config, await walk(url), asked), client);
});

await check('a pushed request is answered once', async () => {
  const { url } = await push();
  await walk(url);
  const page = await member.open(url.href);
  must(!page.stopped && page.status === 400, `a second answer: ${page.url} ${page.status}`);
});

await check('what is wrong with a request is said when it is pushed', async () => {
  await mustFail(push({ redirect_uri: 'https://elsewhere.example/' }), 'invalid_request');
  await mustFail(push({ response_type: 'nonsense' }), 'unsupported_response_type');
});

await check('another application cannot use it', async () => {
  const other = await application();
  const { url } = await push();
  url.searchParams.set('client_id', other.client.client_id);
  const page = await browser().open(url.href);
  must(!page.stopped && page.status === 400, `it was used: ${page.url} ${page.status}`);
});

await check('an application that has to push is refused otherwise', async () => {
  const { answer, asked } = await authorize(config);
  mustEqual(answer.origin, new URL(redirect_uri).origin, 'the place of the answer');
  await mustFail(oidc.authorizationCodeGrant(config, answer, asked), 'invalid_request');
  must(config.serverMetadata().pushed_authorization_request_endpoint.startsWith(issuer), 'not in the metadata');
});

finish();
