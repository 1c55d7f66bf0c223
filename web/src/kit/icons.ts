/** Line drawings on a 24 × 24 grid, drawn with a stroke of the text's colour. */
export const icons = {
  activity: 'M3 12h4l3-8 4 16 3-8h4',
  alert:
    'M12 8v5M12 16.500v.5M10.300 3.900 2.500 17.500a2 2 0 0 0 1.700 3h15.600a2 2 0 0 0 1.700-3L13.700 3.900a2 2 0 0 0-3.400 0z',
  archive: 'M3 5h18v4H3zM5 9v10h14V9M10 13h4',
  back: 'M15 5l-7 7 7 7',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  close: 'M6 6l12 12M18 6L6 18',
  columns: 'M4 5h16v14H4zM9.500 5v14M14.500 5v14',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  down: 'M6 9l6 6 6-6',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  comment: 'M4 5h16v12H10l-4 4v-4H4z',
  error: 'M12 7v6M12 16.500v.5M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  filter: 'M4 5h16l-6 8v6l-4-2v-4z',
  form: 'M6 3h12v18H6zM9 8h6M9 12h6M9 16h3',
  forward: 'M9 5l7 7-7 7',
  globe:
    'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c2.500 2.700 3.800 5.700 3.800 9s-1.300 6.300-3.800 9c-2.500-2.700-3.800-5.700-3.800-9S9.500 5.700 12 3z',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.500 9.500v.01',
  info: 'M12 11v6M12 7.500v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  grip: 'M9 6v.01M15 6v.01M9 12v.01M15 12v.01M9 18v.01M15 18v.01',
  key: 'M14.500 9.500a4.500 4.500 0 1 0-4 4.470L12.500 16H15v2.500h2.500V21H21v-3.500l-6.600-6.600a4.500 4.500 0 0 0 .1-1.400zM9 8.500v.01',
  lock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3M12 14.500v2',
  link: 'M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1.500 1.500M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1.500-1.500',
  offline:
    'M3 3l18 18M8.500 16.500a5 5 0 0 1 7 0M5 13a10 10 0 0 1 4-2.400M19 13a10 10 0 0 0-5.500-2.800M2 9.500A15 15 0 0 1 6 7M22 9.500A15 15 0 0 0 10.500 5.100M12 20v.01',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500a7.500 7.500 0 0 1 15 0',
  pin: 'M9 4h6l-1 6 3 3H7l3-3zM12 13v7',
  search: 'M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.500 15.500L20 20',
  phone: 'M7 3h10v18H7zM11 18h2',
  plus: 'M12 5v14M5 12h14',
  print: 'M7 8V3h10v5M7 17H4V8h16v9h-3M7 14h10v7H7z',
  sort: 'M8 5v14M4 15l4 4 4-4M16 19V5M12 9l4-4 4 4',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6',
  undo: 'M8 5L4 9l4 4M4 9h10a5.500 5.500 0 0 1 0 11H9',
  up: 'M6 15l6-6 6 6',
  upload: 'M12 16V5M7 9l5-5 5 5M5 20h14',
} as const;

export type IconName = keyof typeof icons;
