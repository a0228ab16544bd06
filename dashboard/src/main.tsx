import './app/trusted-types';
import '@mantine/core/styles.css';
import './app/tokens.css';

import { MantineProvider, localStorageColorSchemeManager } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { queryClient } from './app/queries';
import { router } from './app/router';
import { cssVariablesResolver, theme } from './app/theme';
import { styleNonce } from './app/trusted-types';
import { dialogs } from './components/dialogs';
import { notices } from './components/toast';

const colorSchemeManager = localStorageColorSchemeManager({ key: 'waypost-color-scheme' });

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeManager}
      cssVariablesResolver={cssVariablesResolver}
      getStyleNonce={() => styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <dialogs.Host />
        <notices.Host />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
