export { FilterBar, FilterChips, type FilterBarProps } from './FilterBar';
export { addFilter, readFilters, removeFilter, writeFilters, type Field, type Filter, type FilterValue, type Operator } from './filters';
export type { Suggestions } from './suggest';
export { Filterable, ValueMenuProvider } from './ValueMenu';
export { fieldName, FilterWords, filterWords, valueName } from './words';
