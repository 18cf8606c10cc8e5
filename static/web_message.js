// Hands the answer to the window that opened this one or holds it. The browser delivers a message only
// where the receiver is at the origin that is named.
const { origins, response } = document.getElementById("web-message").dataset;
const receiver = window.opener || (window.parent === window ? null : window.parent);
if (receiver) {
  const message = { type: "authorization_response", response: JSON.parse(response) };
  for (const origin of origins.split(" ")) {
    receiver.postMessage(message, origin);
  }
}
