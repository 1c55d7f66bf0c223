import { ref } from 'vue';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const remembered = 'fieldkeep.theme';

/** Light, dark, or as the device has it; remembered on this device. */
export const theme = ref<Theme>(themes.find((name) => name === localStorage.getItem(remembered)) ?? 'system');

export function setTheme(name: Theme): void {
  theme.value = name;
  localStorage.setItem(remembered, name);
  applyTheme();
}

export function applyTheme(): void {
  if (theme.value === 'system') {
    delete document.documentElement.dataset['theme'];
  } else {
    document.documentElement.dataset['theme'] = theme.value;
  }
}
