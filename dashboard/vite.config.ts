import { fileURLToPath } from 'node:url';

import tailwind from '@tailwindcss/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Where `vite` finds the gateway while developing: the plain HTTP listener of `npm start`. */
const gateway = process.env.BIOT_DASHBOARD_API ?? 'http://127.0.0.1:8441';

export default defineConfig({
  root,
  plugins: [vue(), tailwind()],
  build: {
    outDir: `${root}/dist`,
    emptyOutDir: true,
    // Browsers that know light-dark() and container queries; older ones would need a second stylesheet.
    target: ['chrome123', 'edge123', 'firefox121', 'safari17.5'],
    // `default-src 'self'` forbids data: addresses, so no asset may be inlined as one.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // First, or the chart's group would take Vue along as its dependency, and every page would load it.
            { name: 'vue', test: /node_modules[\\/](@vue|vue|vue-router|pinia)[\\/]/, priority: 2 },
            // Drawing code is half of the whole and only the device page needs it.
            {
              name: 'chart',
              test: /node_modules[\\/](chart\.js|vue-chartjs|chartjs-|date-fns|@kurkle)/,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  server: { host: '127.0.0.1', proxy: { '/api': { target: gateway, ws: true } } },
  preview: { host: '127.0.0.1' },
});
