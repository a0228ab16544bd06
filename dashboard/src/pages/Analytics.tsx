export { AnalyticsPage as default } from '@/features/analytics/AnalyticsPage';
