import { ref, type Ref } from 'vue';

export type Theme = 'light' | 'dark';

/** `public/theme.js` reads it before the first paint. */
const KEY = 'biot-theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');
const theme = ref(current());

function chosen(): Theme | undefined {
  const value = document.documentElement.dataset.theme;
  return value === 'light' || value === 'dark' ? value : undefined;
}

function systemTheme(): Theme {
  return system.matches ? 'dark' : 'light';
}

function current(): Theme {
  return chosen() ?? systemTheme();
}

system.addEventListener('change', () => {
  theme.value = current();
});

/** The theme in use: the one that was chosen, else the system's. */
export function useTheme(): Readonly<Ref<Theme>> {
  return theme;
}

/** To the other theme. Back at the system's own, the choice is forgotten and the page follows the system again. */
export function toggleTheme(): void {
  const other = current() === 'dark' ? 'light' : 'dark';
  if (other === systemTheme()) {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(KEY);
  } else {
    document.documentElement.dataset.theme = other;
    localStorage.setItem(KEY, other);
  }
  theme.value = other;
}
