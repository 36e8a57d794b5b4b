/** Runs before the first paint: the chosen theme and motion, so that nothing flashes. */

(() => {
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const root = document.documentElement;
  const theme = read("cycle.theme");
  const motion = read("cycle.motion");
  if (theme) root.dataset.theme = theme;
  if (motion) root.dataset.motion = motion;
})();
