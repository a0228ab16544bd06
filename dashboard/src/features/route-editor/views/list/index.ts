export { ListView } from './ListView';
