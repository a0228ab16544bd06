import { createTheme, type CSSVariablesResolver } from '@mantine/core';

import { shell } from '@/text/shell';

import classes from './theme.module.css';

type Core = typeof import('@mantine/core');
type LookOf<Name extends keyof Core> = Core[Name] extends { extend: (look: infer Look) => unknown } ? Look : never;
type Themed =
  | 'Button'
  | 'ActionIcon'
  | 'TextInput'
  | 'PasswordInput'
  | 'Textarea'
  | 'Select'
  | 'NumberInput'
  | 'SegmentedControl'
  | 'Paper'
  | 'Table'
  | 'Tooltip'
  | 'Badge'
  | 'Drawer'
  | 'Modal'
  | 'Menu'
  | 'Tabs'
  | 'Switch';

/** Checked against each component's own type, but without its code: a page loads only what it shows. */
const components: { [Name in Themed]: LookOf<Name> } = {
  Button: { defaultProps: { size: 'xs', variant: 'default', fz: 13, fw: 500 }, classNames: { root: classes.button } },
  ActionIcon: { defaultProps: { size: 28, variant: 'subtle', radius: 'sm', color: 'gray' }, classNames: { root: classes.actionIcon } },
  TextInput: { defaultProps: { size: 'xs' }, classNames: { input: classes.input, label: classes.label, description: classes.hint } },
  PasswordInput: { defaultProps: { size: 'xs' }, classNames: { input: classes.input, label: classes.label, description: classes.hint } },
  Textarea: { defaultProps: { size: 'xs' }, classNames: { input: classes.area, label: classes.label, description: classes.hint } },
  Select: { defaultProps: { size: 'xs' }, classNames: { input: classes.input, label: classes.label, description: classes.hint } },
  NumberInput: { defaultProps: { size: 'xs' }, classNames: { input: classes.input, label: classes.label, description: classes.hint } },
  SegmentedControl: { defaultProps: { size: 'xs', radius: 'md', withItemsBorders: false }, classNames: { root: classes.segments, indicator: classes.segmentOn, label: classes.segment } },
  Paper: { defaultProps: { withBorder: true, radius: 'lg', shadow: 'xs' }, classNames: { root: classes.paper } },
  Table: { defaultProps: { verticalSpacing: 7, horizontalSpacing: 8, withRowBorders: true }, classNames: { th: classes.th, td: classes.td } },
  Tooltip: { defaultProps: { openDelay: 300, withArrow: false, fz: 12, events: { hover: true, focus: true, touch: false } }, classNames: { tooltip: classes.tooltip } },
  Badge: { defaultProps: { variant: 'light', tt: 'none', fw: 500, radius: 'sm' } },
  // The page's own policy forbids the style that would lock the scroll; only the main part scrolls anyway.
  Drawer: { defaultProps: { lockScroll: false, closeButtonProps: { 'aria-label': shell.help.close }, shadow: 'md', overlayProps: { backgroundOpacity: 0.3 } } },
  Modal: { defaultProps: { lockScroll: false, closeButtonProps: { 'aria-label': shell.help.close }, shadow: 'md', radius: 'lg', overlayProps: { backgroundOpacity: 0.3 } }, classNames: { title: classes.modalTitle } },
  Menu: { defaultProps: { shadow: 'md', radius: 'md' }, classNames: { item: classes.menuItem } },
  Tabs: { classNames: { tab: classes.tab, list: classes.tabs } },
  Switch: { defaultProps: { size: 'sm' }, classNames: { track: classes.switchTrack, description: classes.hint } },
};

/** The look of every Mantine component; colours themselves are the tokens of `tokens.css`. */
export const theme = createTheme({
  primaryColor: 'spruce',
  primaryShade: { light: 7, dark: 5 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'var(--wp-font)',
  fontFamilyMonospace: 'var(--wp-mono)',
  fontSizes: { xs: '11px', sm: '12px', md: '13px', lg: '15px', xl: '20px' },
  lineHeights: { xs: '16px', sm: '16px', md: '18px', lg: '20px', xl: '28px' },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '20px', xl: '24px' },
  shadows: { xs: 'var(--wp-shadow-1)', sm: 'var(--wp-shadow-2)', md: 'var(--wp-shadow-3)' },
  headings: { fontWeight: '600' },
  colors: {
    spruce: ['#EFF8F5', '#E3F1ED', '#C3E2DA', '#9CCBC1', '#62CDBA', '#45B8A4', '#1F9583', '#0B7467', '#0A655A', '#07483F'],
    dark: ['#E6EAE7', '#AEB7B2', '#8D9792', '#6C7771', '#38413D', '#2B322F', '#1B211F', '#151A18', '#0E1211', '#0A0D0C'],
  },
  components,
});

/** Mantine's own variables, pointed at the tokens. */
export const cssVariablesResolver: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-body': 'var(--wp-bg)',
    '--mantine-color-text': 'var(--wp-text)',
    '--mantine-color-default': 'var(--wp-surface)',
    '--mantine-color-default-hover': 'var(--wp-surface-2)',
    '--mantine-color-default-color': 'var(--wp-text)',
    '--mantine-color-default-border': 'var(--wp-line-strong)',
    '--mantine-color-dimmed': 'var(--wp-text-3)',
    '--mantine-color-anchor': 'var(--wp-accent-text)',
    '--mantine-color-error': 'var(--wp-bad)',
    '--mantine-color-placeholder': 'var(--wp-text-3)',
    '--mantine-primary-color-filled': 'var(--wp-accent)',
    '--mantine-primary-color-filled-hover': 'var(--wp-accent-hover)',
    '--mantine-primary-color-contrast': 'var(--wp-on-accent)',
    '--mantine-primary-color-light': 'var(--wp-accent-soft)',
    '--mantine-primary-color-light-hover': 'var(--wp-accent-soft)',
    '--mantine-primary-color-light-color': 'var(--wp-accent-text)',
    '--mantine-color-spruce-filled': 'var(--wp-accent)',
    '--mantine-color-spruce-filled-hover': 'var(--wp-accent-hover)',
    '--mantine-color-spruce-light': 'var(--wp-accent-soft)',
    '--mantine-color-spruce-light-hover': 'var(--wp-accent-soft)',
    '--mantine-color-spruce-light-color': 'var(--wp-accent-text)',
    '--mantine-color-spruce-text': 'var(--wp-accent-text)',
    '--mantine-color-red-filled': 'var(--wp-bad)',
    '--mantine-color-red-light': 'var(--wp-bad-soft)',
    '--mantine-color-red-light-color': 'var(--wp-bad)',
    '--mantine-color-red-text': 'var(--wp-bad)',
    '--mantine-color-yellow-light': 'var(--wp-warn-soft)',
    '--mantine-color-yellow-light-color': 'var(--wp-warn)',
    '--mantine-color-gray-light': 'var(--wp-surface-2)',
    '--mantine-color-gray-light-color': 'var(--wp-text-2)',
  };
  // Mantine sets these for each scheme, which weighs more than what is set for both.
  const ofScheme = { '--mantine-color-dimmed': shared['--mantine-color-dimmed'], '--mantine-color-placeholder': shared['--mantine-color-placeholder'] };
  return { variables: shared, light: ofScheme, dark: ofScheme };
};
