// The page of the single-page application. Each button does one thing and adds one line of JSON to #steps; #state
// shows who is signed in.
//
// Settings: {domain, clientId, scope, options}: options go to the library.
/* global auth0 */
(async () => {
  const at = (id) => document.getElementById(id);
  const { domain, clientId, scope, options } = await (await fetch('/settings.json')).json();
  const client = new auth0.Auth0Client({
    domain,
    clientId,
    authorizationParams: { redirect_uri: `${location.origin}/`, scope },
    ...options,
  });

  async function showState() {
    const user = await client.getUser();
    at('state').textContent = JSON.stringify({ user: user ?? null });
  }

  /** Adds what `action` gives, or its error, to the steps. */
  async function step(action) {
    let line;
    try {
      line = { ok: true, ...(await action()) };
    } catch (error) {
      line = { ok: false, error: error.error ?? error.name, message: error.message };
    }
    await showState();
    const item = document.createElement('li');
    item.textContent = JSON.stringify(line);
    at('steps').append(item);
  }

  /** The refresh tokens the library keeps where this page can see them. */
  function refreshTokens() {
    return Object.values(localStorage).flatMap((text) => JSON.parse(text).body?.refresh_token ?? []);
  }

  async function renew() {
    const before = refreshTokens();
    const answer = await client.getTokenSilently({ cacheMode: 'off', detailedResponse: true });
    return {
      access_token: answer.access_token,
      refresh_tokens: [before, refreshTokens()],
      iframes: performance
        .getEntriesByType('resource')
        .filter(({ initiatorType, name }) => initiatorType === 'iframe' && name.includes('/authorize')).length,
    };
  }

  at('login').onclick = () => client.loginWithRedirect();
  at('login-popup').onclick = () => step(() => client.loginWithPopup());
  at('renew').onclick = () => step(renew);
  at('logout').onclick = () => client.logout({ logoutParams: { returnTo: `${location.origin}/` } });

  const answer = new URLSearchParams(location.search);
  if (answer.has('state')) {
    await step(async () => {
      await client.handleRedirectCallback();
      history.replaceState(undefined, '', '/');
    });
  }
  await showState();
  document.body.id = 'loaded';
})();
