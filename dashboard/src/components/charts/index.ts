/** The chart parts: made of tokens, told apart by pattern and not by colour alone, usable by key. */
export { BarList, type BarItem } from './BarList';
export { ChartCard, type ChartQuery } from './ChartCard';
export { rowsOfSlots, type ChartRows } from './ChartTable';
export { csvOf, download, type Cell } from './csv';
export { durationTick, moneyTick, slotTitle } from './format';
export { HrefLink, useOpen } from './HrefLink';
export { Legend, type LegendItem } from './Legend';
export { Lines } from './Lines';
export { logsHref, logsSearch, type LogFilter } from './logs-link';
export { MoneyBars } from './MoneyBars';
export { Swatch } from './patterns';
export { LOOKS, lookOfGroup, NONE, OTHER, totalOf, type Look, type Marker, type Series, type Slot } from './series';
export { Sparkline } from './Sparkline';
export { StackedBars } from './StackedBars';
