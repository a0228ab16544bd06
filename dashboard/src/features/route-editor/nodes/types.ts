import type { ComponentType } from 'react';

import type { NodeKind, RouteElement } from '../model/types';

/** Colour families of cards, menu entries and list items. */
export type Family = 'decide' | 'limit' | 'answer' | 'end';

export type NodeIcon = ComponentType<{ size?: number | string; stroke?: number | string }>;

export interface NodeMeta {
  family: Family;
  icon: NodeIcon;
}

export interface CardProps {
  element: RouteElement;
}

export interface PanelProps {
  element: RouteElement;
}

/** All that the editor needs to draw one kind of node. */
export interface NodeUi {
  /** A rate limit and a budget limit share a type and differ in their looks. */
  meta(element: RouteElement): NodeMeta;
  /** What stands below the head of its card. Start and End are pills and have their body beside the title. */
  Body: ComponentType<CardProps>;
  isPill?: boolean;
  /** Its settings in the inspector. */
  Panel: ComponentType<PanelProps>;
}

export type NodeRegistry = Record<NodeKind, NodeUi>;
