import type { Random } from './random.ts';
import type { Region } from './tenant-list.ts';

/** Given and family names as lists of words; every pair is made at most once, and none is meant to be anybody. */
const NAMES: Readonly<Record<Region, readonly [given: string, family: string]>> = {
  india: [
    'Asha Rohan Meera Kabir Ananya Vikram Divya Arjun Nisha Farhan Lakshmi Sameer Kavya Imran Pooja Nikhil Ritu Harpreet Sunita Dev',
    'Rao Kulkarni Menon Sharma Iyer Khan Deshpande Nair Bose Chauhan Reddy Pillai Joshi Sethi Banerjee Gowda',
  ],
  america: [
    'Dana Marcus Elena Tyrone Megan Luis Priya Caleb Naomi Jordan Sofia Ethan Grace Malik Hannah Diego',
    'Whitfield Alvarez Boone Castellano Ngo Harper Lindqvist Okafor Pruitt Salazar Vance Ferris',
  ],
  europe: [
    'Anneke Jonas Giulia Pieter Klara Matteo Saskia Lukas Chiara Bram Greta Lorenzo Femke Tobias Ilaria Daan',
    'Brandt de Wit Ferraro Hoffmeister van Leeuwen Conti Vogel Bakker Moretti Lindner Smit Galli',
  ],
  japan: [
    'Haruka Kenji Yui Daichi Sakura Ren Misaki Takumi Aoi Shota Hina Kaito',
    'Morita Fujikawa Okada Shimizu Nakahara Ueno Kuroda Hayami Tachibana Sugimoto',
  ],
  gulf: [
    'Layla Khalid Noor Yousif Maryam Hamad Fatima Salman Reem Faisal Huda Jassim',
    'Al Awadhi Al Sayed Buhazza Al Doseri Fakhroo Al Zayani Kanoo Al Mannai Al Jishi',
  ],
};

/** Words of a list; particles ("de", "van", "Al") belong to the word behind them. */
const wordsOf = (list: string): string[] => list.match(/(?:(?:de|van|Al) )?\S+/g) ?? [];

/** Gives the people of each region one after the other. @throws RangeError when a region has no name left */
export function createNames(random: Random): (region: Region) => string {
  const waiting = new Map<Region, string[]>();
  return (region) => {
    const [given, family] = NAMES[region];
    const names =
      waiting.get(region) ??
      random.shuffled(wordsOf(given).flatMap((first) => wordsOf(family).map((last) => `${first} ${last}`)));
    waiting.set(region, names);
    const name = names.pop();
    if (name === undefined) throw new RangeError(`There are no more names for ${region}`);
    return name;
  };
}

/** "Anneke de Wit" -> "anneke.de.wit" */
export const localPartOf = (name: string): string => name.toLowerCase().replaceAll(' ', '.');
