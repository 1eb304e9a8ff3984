// Arrow keys: left and right go from bar to bar, down from a bar to the statement that takes its
// lock, down and up through statements and findings, left from there back to the bar.
addEventListener("keydown", event => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const here = document.activeElement;
  const go = target => {
    if (!target) return;
    event.preventDefault();
    if (!target.matches(".bar")) target.tabIndex = -1;
    target.focus({ focusVisible: true });
    target.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const step = (selector, by) => {
    const all = [...document.querySelectorAll(selector)];
    return all[all.indexOf(here) + by];
  };
  if (here.matches(".bar")) {
    const ways = { ArrowLeft: () => step(".bar", -1), ArrowRight: () => step(".bar", 1),
      ArrowDown: () => document.querySelector(here.getAttribute("href")) };
    return go(ways[event.key]?.());
  }
  const stops = ".statements > li, .finding";
  if (!here.matches(stops)) return;
  const statement = here.closest(".statements > li");
  const leads = bar => bar.getAttribute("href") === `#${statement?.id}`;
  const bars = [...document.querySelectorAll(".bar")].filter(leads);
  const ways = { ArrowUp: () => step(stops, -1), ArrowDown: () => step(stops, 1),
    ArrowLeft: () => bars[0] ?? statement?.closest(".transaction").querySelector(".bar") };
  go(ways[event.key]?.());
});
