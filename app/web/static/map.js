// Maps: points beside a list, in step with it. Nothing is fetched from others unless tiles are set up.
"use strict";

(() => {
  const MERGE_PIXELS = 36;
  const CLOSE_ZOOM = 15;
  const DISTRICT_ZOOM = 12;
  const HOME_ZOOM = 12;

  const Grid = L.GridLayer.extend({
    createTile() {
      return Object.assign(document.createElement("div"), { className: "lb-map__cell" });
    },
  });

  for (const element of document.querySelectorAll("[data-map]")) load(element);

  async function load(element) {
    const words = JSON.parse(element.dataset.words);
    element.hidden = false;
    try {
      const answer = await fetch(element.dataset.map, { headers: { Accept: "application/json" } });
      draw(element, await answer.json(), words);
    } catch {
      element.className = "";
      element.textContent = words.failed;
    }
  }

  function draw(element, data, words) {
    element.setAttribute("role", "region");
    element.setAttribute("aria-label", words.map);
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = L.map(element, {
      zoomControl: false, attributionControl: Boolean(data.tiles), maxZoom: 18, minZoom: 5,
      scrollWheelZoom: !element.classList.contains("lb-map--small"),
      zoomAnimation: !calm, fadeAnimation: false, markerZoomAnimation: !calm, inertia: !calm,
    });
    L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    if (data.tiles) {
      map.attributionControl.setPrefix(false);
      L.tileLayer(data.tiles.url, { attribution: escaped(data.tiles.credit) }).addTo(map);
    } else {
      new Grid().addTo(map);
    }
    look(map, data);
    const names = L.layerGroup().addTo(map);
    const pins = L.layerGroup().addTo(map);
    const pinOf = new Map();
    const regroup = () => {
      placePins(map, pins, pinOf, data, words);
      if (!data.tiles) placeNames(map, names, data.names);
    };
    map.on("zoomend", regroup);
    regroup();
    keepInStep(map, pinOf, data, words);
  }

  function escaped(text) {
    const holder = document.createElement("span");
    holder.textContent = text;
    return holder.innerHTML;
  }

  function look(map, data) {
    if (data.points.length) {
      const bounds = L.latLngBounds(data.points.map((point) => point.at));
      map.fitBounds(bounds.pad(0.1), { maxZoom: CLOSE_ZOOM, animate: false });
    } else {
      map.setView(data.names.length ? data.names[0].at : [51, 10], data.names.length ? HOME_ZOOM : 6);
    }
  }

  // Points that lie on each other at this zoom become one, with the number of its offers.
  function placePins(map, pins, pinOf, data, words) {
    pins.clearLayers();
    pinOf.clear();
    const groups = [];
    for (const point of data.points) {
      const pixel = map.project(point.at);
      const near = groups.find((group) => group.pixel.distanceTo(pixel) < MERGE_PIXELS);
      if (near) near.points.push(point);
      else groups.push({ pixel, points: [point] });
    }
    for (const group of groups) {
      const ids = [...new Set(group.points.flatMap((point) => point.offers))];
      const pin = buildPin(group, ids, data, words);
      pin.addTo(pins);
      const label = ids.length > 1 ? `${ids.length} ${words.offers}` : data.offers[ids[0]].title;
      pin.getElement().setAttribute("aria-label", label);
      for (const id of ids) pinOf.set(id, pin);
    }
  }

  function buildPin(group, ids, data, words) {
    const rough = group.points.every((point) => point.rough);
    const size = ids.length > 1 ? 34 : 26;
    const icon = L.divIcon({
      className: `lb-pin${rough ? " lb-pin--rough" : ""}`,
      html: ids.length > 1 ? String(ids.length) : "",
      iconSize: [size, size],
    });
    const pin = L.marker(group.points[0].at, { icon, keyboard: true, riseOnHover: true });
    pin.bindPopup(() => popupContent(group, data, words), { maxHeight: 220, minWidth: 180, maxWidth: 260 });
    pin.offerIds = ids;
    return pin;
  }

  function popupContent(group, data, words) {
    const list = document.createElement("ul");
    for (const point of group.points) {
      for (const id of point.offers) {
        const offer = data.offers[id];
        const item = list.appendChild(document.createElement("li"));
        const link = item.appendChild(document.createElement("a"));
        link.href = offer.address;
        link.textContent = offer.title;
        const facts = [offer.provider, point.where, point.rough && words.rough, offer.internal && words.internal];
        const line = item.appendChild(document.createElement("p"));
        line.textContent = facts.filter(Boolean).join(" · ");
      }
    }
    return list;
  }

  // Names of towns always, of districts when one is near enough; none over another.
  function placeNames(map, layer, names) {
    layer.clearLayers();
    const taken = [];
    const sorted = [...names].sort((one, other) => Number(other.town) - Number(one.town));
    for (const name of sorted) {
      if (!name.town && map.getZoom() < DISTRICT_ZOOM) continue;
      const pixel = map.project(name.at);
      const width = name.name.length * 4 + 8;
      const box = { left: pixel.x - width, right: pixel.x + width, top: pixel.y - 9, bottom: pixel.y + 9 };
      if (taken.some((one) => overlap(one, box))) continue;
      taken.push(box);
      const icon = L.divIcon({
        className: `lb-map__name${name.town ? " lb-map__name--town" : ""}`,
        html: `<span>${escaped(name.name)}</span>`, iconSize: [0, 0],
      });
      L.marker(name.at, { icon, interactive: false, keyboard: false, zIndexOffset: -1000 }).addTo(layer);
    }
  }

  function overlap(one, other) {
    return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  }

  function keepInStep(map, pinOf, data, words) {
    let origin = null;
    const lines = new Map([...document.querySelectorAll("[data-offer]")].map((line) => [line.dataset.offer, line]));
    const mark = (id, on) => pinOf.get(id)?.getElement()?.classList.toggle("lb-pin--marked", on);
    const markLines = (ids, on) => ids.forEach((id) => lines.get(id)?.classList.toggle("lb-marked", on));

    for (const [id, line] of lines) {
      line.addEventListener("pointerenter", () => mark(id, true));
      line.addEventListener("pointerleave", () => mark(id, false));
      line.addEventListener("focusin", () => mark(id, true));
      line.addEventListener("focusout", () => mark(id, false));
      const button = line.querySelector("[data-show-on-map]");
      if (!button || !pinOf.has(id)) continue;
      button.hidden = false;
      button.addEventListener("click", () => {
        const point = data.points.find((one) => one.offers.includes(id));
        map.closePopup();
        map.setView(point.at, Math.max(map.getZoom(), CLOSE_ZOOM), { animate: false });
        origin = button;
        pinOf.get(id).openPopup();
        map.getContainer().scrollIntoView({ block: "nearest" });
        linkTo(map, data.offers[id].address)?.focus({ preventScroll: true });
      });
    }
    map.on("popupopen", (event) => {
      const source = event.popup._source;
      markLines(source.offerIds, true);
      if (!origin) lines.get(source.offerIds[0])?.scrollIntoView({ block: "nearest" });
      const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
      close?.setAttribute("aria-label", words.close);
    });
    map.on("popupclose", (event) => {
      markLines(event.popup._source.offerIds, false);
      origin = null;
    });
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      const back = origin;
      map.closePopup();
      back?.focus();
    });
  }

  function linkTo(map, address) {
    const links = [...map.getContainer().querySelectorAll(".leaflet-popup-content a")];
    return links.find((link) => link.getAttribute("href") === address);
  }
})();
