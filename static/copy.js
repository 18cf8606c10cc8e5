// Copies what stands beside a button. Without this script there are no buttons, and the text can be marked.
const said = document.getElementById('copied');

async function copy(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
  for (const other of document.querySelectorAll('[data-copies]')) other.classList.toggle('is-done', other === button);
  // Said again, even if it is what was said before.
  said.textContent = '';
  requestAnimationFrame(() => (said.textContent = said.dataset.says));
}

// Browsers offer the clipboard to https and to this machine alone.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll('[data-copies]')) {
    button.hidden = false;
    button.addEventListener('click', () => copy(button));
  }
}
