/** What is open on the screen: the drawer, the selected layer, overlays. Nothing here is worth keeping. */
import { create } from 'zustand';
import type { ChartAxis } from './chart-points';

export type DrawerTab = 'layers' | 'graph' | 'data' | 'live' | 'messages';
export type Overlay = 'palette' | 'help' | 'paste-link' | null;

export interface View {
  readonly drawer: DrawerTab | null;
  readonly selectedLayer: string | null;
  /** What the second chart shows; null: latency on the first ticked backend. */
  readonly chartAxis: ChartAxis | null;
  readonly overlay: Overlay;
  /** True while the key is held that shows the original's numbers. */
  readonly showingOriginal: boolean;
  /** True while files hover over the page. */
  readonly dropping: boolean;
}

export const useView = create<View>(() => ({
  drawer: null,
  selectedLayer: null,
  chartAxis: null,
  overlay: null,
  showingOriginal: false,
  dropping: false,
}));

export function toggleDrawer(tab: DrawerTab): void {
  useView.setState(({ drawer }) => ({ drawer: drawer === tab ? null : tab }));
}

export function openDrawer(drawer: DrawerTab | null): void {
  useView.setState({ drawer });
}

export function selectLayer(selectedLayer: string | null): void {
  useView.setState({ selectedLayer });
}

export function showOnChart(chartAxis: ChartAxis): void {
  useView.setState({ chartAxis });
}

export function showOverlay(overlay: Overlay): void {
  useView.setState({ overlay });
}

export function showOriginal(showingOriginal: boolean): void {
  useView.setState({ showingOriginal });
}

export function showDropping(dropping: boolean): void {
  useView.setState({ dropping });
}
