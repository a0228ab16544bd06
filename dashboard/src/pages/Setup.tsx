export { SetupPage as default } from '@/features/session/SetupPage';
