export { SignInPage as default } from '@/features/session/SignInPage';
