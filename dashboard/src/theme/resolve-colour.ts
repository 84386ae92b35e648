/** A token such as `--color-accent` as the canvas understands it: `light-dark()` is resolved by the browser. */
export function resolveColour(token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/** `rgb(1, 2, 3)` with an opacity from 0 to 1. */
export function withOpacity(colour: string, opacity: number): string {
  return colour.replace('rgb(', 'rgba(').replace(')', `, ${opacity})`);
}
