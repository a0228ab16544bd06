import type { components } from '@/api/schema';

export type Analytics = components['schemas']['AnalyticsView'];
export type Measures = components['schemas']['MeasuresView'];
export type Quantiles = components['schemas']['QuantilesView'];
