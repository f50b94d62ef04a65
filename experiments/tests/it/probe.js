// Looks at a page from inside, and leaves what it saw in `seen`.
let refused = 0, errors = 0;
document.addEventListener("securitypolicyviolation", () => refused++);
window.addEventListener("error", () => errors++);

// The parts of a colour, from 0 to 1.
const parts = (colour) => colour.match(/[\d.]+/g).map((part, i) => (i < 3 ? part / 255 : +part));
const luminance = (colour) => {
  const [r, g, b] = parts(colour).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const style = (element, name) => getComputedStyle(element)[name];

// The colour behind an element.
const behind = (element) => {
  const colour = style(element, "backgroundColor");
  return parts(colour)[3] === 0 ? behind(element.parentElement) : colour;
};
const contrast = (element) => {
  const [light, dark] = [style(element, "color"), behind(element)].map(luminance).sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};
const hasText = (element) =>
  !element.closest("svg") && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());

window.addEventListener("load", () => {
  for (const part of document.querySelectorAll("details")) part.open = true;
  const page = style(document.documentElement, "backgroundColor");
  const texts = [...document.body.querySelectorAll("*")].filter(hasText);
  const frames = [...document.querySelectorAll(".wg-page")].map((frame) => style(frame, "fill"));
  window.seen = {
    width: innerWidth,
    reach: document.documentElement.scrollWidth,
    requests: performance.getEntriesByType("resource").filter((entry) => !entry.name.startsWith("data:")).length,
    refused,
    errors,
    brightness: luminance(page),
    page,
    figures: [...new Set(frames)].join(),
    contrast: Math.min(...texts.map(contrast)),
  };
});
