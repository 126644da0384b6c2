export { default } from '../../test/support/vitest.shared.js';
