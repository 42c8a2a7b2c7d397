// Who comes by keyboard can pass the table of contents, which is longer than most pages.
(() => {
  const text = document.querySelector('main');
  if (!text) return;
  text.id ||= 'text';
  text.tabIndex = -1;
  const skip = document.createElement('a');
  skip.className = 'skip';
  skip.href = `#${text.id}`;
  skip.textContent = 'Skip to the text';
  document.body.prepend(skip);
})();

// mdBook's button for the table of contents is a label, which screen readers do not take for a button
// and the keyboard does not reach.
(() => {
  const toggle = document.getElementById('mdbook-sidebar-toggle');
  if (!toggle) return;
  toggle.setAttribute('role', 'button');
  toggle.tabIndex = 0;
  toggle.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    toggle.click();
  });
})();

// What scrolls sideways can be reached and scrolled with the keyboard; what fits is no stop on the
// way through the page.
(() => {
  const boxes = document.querySelectorAll('main pre > code, main .formula, main .table-wrapper, main .drawing .box');
  const mark = () => {
    for (const box of boxes) {
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
        box.setAttribute('role', 'region');
        const name = box.closest('figure')?.querySelector('figcaption')?.textContent.trim();
        box.setAttribute('aria-label', `${name ?? 'Wide content'}, scrolls sideways`);
      } else {
        for (const attribute of ['tabindex', 'role', 'aria-label']) box.removeAttribute(attribute);
      }
    }
  };
  addEventListener('load', mark);
  addEventListener('resize', mark);
  // Text that is folded away has no width until it is opened.
  document.querySelectorAll('main details').forEach((fold) => fold.addEventListener('toggle', mark));
  // Paper has no folds.
  addEventListener('beforeprint', () => {
    document.querySelectorAll('main details').forEach((fold) => { fold.open = true; });
  });
})();

// A figure that moves by itself can be stopped. Who prefers no motion sees none, and no button.
addEventListener('load', () => {
  for (const figure of document.querySelectorAll('main figure.drawing')) {
    const motions = figure.getAnimations({ subtree: true });
    if (motions.length === 0) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'pause';
    button.textContent = 'Pause';
    button.addEventListener('click', () => {
      const runs = motions[0].playState === 'running';
      for (const motion of motions) runs ? motion.pause() : motion.play();
      button.textContent = runs ? 'Play' : 'Pause';
    });
    figure.querySelector('.box').after(button);
  }
});
