/** Runs inside the preview's document: turns it into the document that the project answered, under the path that was asked. */

// A timer of this window: `document.open` takes the address of whose script runs it, which must not be the page around.
window.cycleShow = (html, path) =>
  new Promise((resolve) => {
    setTimeout(() => {
      history.replaceState(null, "", path);
      document.open();
      document.write(html);
      document.close();
      resolve();
    });
  });
