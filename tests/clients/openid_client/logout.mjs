// RP-Initiated Logout 1.0.
import { application, authorize, browser, check, finish, must, mustEqual, mustFail, oidc, signIn, textOf } from './hub.mjs';

const post_logout_redirect_uri = 'http://127.0.0.1:1/callback/signed-out';
const { config } = await application({ allowed_logout_urls: [post_logout_redirect_uri] });

async function signedIn() {
  const walker = browser();
  const tokens = await signIn(config, { walker });
  return { walker, id_token_hint: tokens.id_token };
}

async function mustBeSignedOut(walker) {
  const { answer, asked } = await authorize(config, { walker, prompt: 'none' });
  await mustFail(oidc.authorizationCodeGrant(config, answer, asked), 'login_required');
}

await check('an application signs a person out, and gets them back with its state', async () => {
  const { walker, id_token_hint } = await signedIn();
  const state = oidc.randomState();
  const url = oidc.buildEndSessionUrl(config, { id_token_hint, post_logout_redirect_uri, state });
  const page = await walker.open(url.href);
  must(page.stopped, `the walk ended at ${page.url} (${page.status}): ${textOf(page)}`);
  mustEqual(page.url, `${post_logout_redirect_uri}?state=${state}`, 'the address');
  await mustBeSignedOut(walker);
});

await check('without a proof the person is asked', async () => {
  const { walker } = await signedIn();
  const page = await walker.open(oidc.buildEndSessionUrl(config, { post_logout_redirect_uri }).href);
  must(!page.stopped && page.status === 200, `${page.url} ${page.status}`);
  const form = page.forms.find(({ method }) => method === 'post');
  must(form, textOf(page));
  await walker.submit(page, form);
  await mustBeSignedOut(walker);
});

await check('nobody is sent to an address that is not registered', async () => {
  const { walker, id_token_hint } = await signedIn();
  const elsewhere = 'http://127.0.0.1:1/callback/elsewhere';
  const url = oidc.buildEndSessionUrl(config, { id_token_hint, post_logout_redirect_uri: elsewhere });
  const page = await walker.open(url.href);
  must(!page.stopped && page.status === 400, `${page.url} ${page.status}`);
});

finish();
