// Mounts the app; nothing else.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import App from './ui/App';

const place = document.getElementById('root');
if (!place) throw new Error('index.html has no element with the id "root" to mount the app in.');
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
