/** The whole window takes what is dropped. */
import { useEffect } from 'react';
import { filesOfDrop } from '../../state/collect-files';
import { notifyError } from '../../state/notices-store';
import { openFiles } from '../../state/open-actions';
import { showDropping } from '../../state/view-store';

export function useDropTarget(): void {
  useEffect(() => {
    const events = { dragenter: over, dragover: over, dragleave: leave, drop } as const;
    for (const [name, listener] of Object.entries(events)) addEventListener(name as 'drop', listener);
    return () => {
      for (const [name, listener] of Object.entries(events)) removeEventListener(name as 'drop', listener);
    };
  }, []);
}

function over(event: DragEvent): void {
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = 'copy';
  showDropping(true);
}

function leave(event: DragEvent): void {
  // Leaving an element for another is no leaving; leaving the window has nowhere to go.
  if (event.relatedTarget === null) showDropping(false);
}

function drop(event: DragEvent): void {
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  showDropping(false);
  void filesOfDrop(event.dataTransfer)
    .then((files) => openFiles(files))
    .catch(notifyError);
}
