// Goes on once every application has answered in its frame, or after a few seconds.
const PATIENCE_MILLIS = 4000;
let answered = 0;

function goOn() {
  location.replace(document.getElementById('back').href);
}

function goOnWhenAllHaveAnswered() {
  if (document.readyState !== 'loading' && answered >= document.querySelectorAll('iframe').length) goOn();
}

// Before the frames: the first may have answered before the page is whole.
document.addEventListener(
  'load',
  (event) => {
    if (event.target instanceof HTMLIFrameElement) {
      answered += 1;
      goOnWhenAllHaveAnswered();
    }
  },
  true,
);
document.addEventListener('DOMContentLoaded', goOnWhenAllHaveAnswered);
setTimeout(goOn, PATIENCE_MILLIS);
