/** What keys and buttons do with breakpoints and the loop. No DOM. */

/** Go to the breakpoint after the step that is on (1), or before it (-1); where there is none, stay. */
function jump(player, direction) {
  const stops = player.marks.stopsOf(player.steps);
  const stop = direction > 0 ? stops.find((index) => index > player.index) : stops.findLast((index) => index < player.index);
  if (stop !== undefined) player.goTo(stop);
}

/** {name: function} of all that `player` can be asked for. */
export function marksActions(player) {
  const { marks } = player;
  return {
    nextBreakpoint: () => jump(player, 1),
    previousBreakpoint: () => jump(player, -1),
    toggleBreakpoint: () => marks.toggleStep(player.steps, player.index),
    loopIn: () => player.step && marks.setLoopIn(player.step.seq),
    loopOut: () => player.step && marks.setLoopOut(player.step.lastSeq ?? player.step.seq),
    loopClear: () => marks.clearLoop(),
  };
}
