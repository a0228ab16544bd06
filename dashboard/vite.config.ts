import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { compression } from 'vite-plugin-compression2';
import { defineConfig } from 'vitest/config';

const gateway = process.env.WAYPOST_URL ?? 'http://127.0.0.1:8787';
const served = ['/api', '/client', '/v1', '/openapi.json', '/healthz', '/readyz', '/metrics', '/preview'];

export default defineConfig({
  plugins: [react(), compression({ algorithms: ['gzip', 'brotliCompress'], exclude: [/\.(br|gz)$/, /index\.html$/] })],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: {
    // Pages of the reference are read from where they are written.
    fs: { allow: ['..'] },
    // The gateway answers management calls only for a host and an origin that are its own.
    proxy: Object.fromEntries(served.map((path) => [path, { target: gateway, changeOrigin: true, headers: { origin: gateway } }])),
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['test/setup.ts'],
    css: false,
  },
});
