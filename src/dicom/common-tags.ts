import type { KeywordTypes } from './dictionary.generated.ts'
import type { Keyword } from './dictionary.ts'
import type { TagOf } from './tags.ts'

const tag = <K extends Keyword>(hex: string) => hex as TagOf<KeywordTypes[K]>

/** The tags that most programs ask for. Each knows the type of its value (PS3.6: VR and VM). */
export const CommonTags = {
  PatientID: tag<'PatientID'>('00100020'),
  PatientName: tag<'PatientName'>('00100010'),
  PatientBirthDate: tag<'PatientBirthDate'>('00100030'),
  PatientSex: tag<'PatientSex'>('00100040'),
  PatientAge: tag<'PatientAge'>('00101010'),
  PatientWeight: tag<'PatientWeight'>('00101030'),
  StudyInstanceUID: tag<'StudyInstanceUID'>('0020000D'),
  StudyID: tag<'StudyID'>('00200010'),
  StudyDate: tag<'StudyDate'>('00080020'),
  StudyTime: tag<'StudyTime'>('00080030'),
  AccessionNumber: tag<'AccessionNumber'>('00080050'),
  StudyDescription: tag<'StudyDescription'>('00081030'),
  SeriesInstanceUID: tag<'SeriesInstanceUID'>('0020000E'),
  SeriesNumber: tag<'SeriesNumber'>('00200011'),
  Modality: tag<'Modality'>('00080060'),
  SeriesDescription: tag<'SeriesDescription'>('0008103E'),
  SOPInstanceUID: tag<'SOPInstanceUID'>('00080018'),
  SOPClassUID: tag<'SOPClassUID'>('00080016'),
  InstanceNumber: tag<'InstanceNumber'>('00200013'),
  Rows: tag<'Rows'>('00280010'),
  Columns: tag<'Columns'>('00280011'),
  BitsAllocated: tag<'BitsAllocated'>('00280100'),
  BitsStored: tag<'BitsStored'>('00280101'),
  HighBit: tag<'HighBit'>('00280102'),
  SamplesPerPixel: tag<'SamplesPerPixel'>('00280002'),
  PhotometricInterpretation: tag<'PhotometricInterpretation'>('00280004'),
  PixelRepresentation: tag<'PixelRepresentation'>('00280103'),
  ImagePositionPatient: tag<'ImagePositionPatient'>('00200032'),
  ImageOrientationPatient: tag<'ImageOrientationPatient'>('00200037'),
  PixelSpacing: tag<'PixelSpacing'>('00280030'),
  SliceThickness: tag<'SliceThickness'>('00180050'),
  SpacingBetweenSlices: tag<'SpacingBetweenSlices'>('00180088'),
  SliceLocation: tag<'SliceLocation'>('00201041'),
  RescaleIntercept: tag<'RescaleIntercept'>('00281052'),
  RescaleSlope: tag<'RescaleSlope'>('00281053'),
  WindowCenter: tag<'WindowCenter'>('00281050'),
  WindowWidth: tag<'WindowWidth'>('00281051'),
  PatientPosition: tag<'PatientPosition'>('00185100'),
  BodyPartExamined: tag<'BodyPartExamined'>('00180015'),
  PixelData: tag<'PixelData'>('7FE00010'),
  DimensionIndexSequence: tag<'DimensionIndexSequence'>('00209222'),
  FrameContentSequence: tag<'FrameContentSequence'>('00209111'),
  ImplementationClassUID: tag<'ImplementationClassUID'>('00020012'),
  TransferSyntaxUID: tag<'TransferSyntaxUID'>('00020010'),
  MediaStorageSOPClassUID: tag<'MediaStorageSOPClassUID'>('00020002'),
  MediaStorageSOPInstanceUID: tag<'MediaStorageSOPInstanceUID'>('00020003'),
  SpecificCharacterSet: tag<'SpecificCharacterSet'>('00080005'),
  Manufacturer: tag<'Manufacturer'>('00080070'),
  ManufacturerModelName: tag<'ManufacturerModelName'>('00081090'),
  SoftwareVersions: tag<'SoftwareVersions'>('00181020'),
  FrameOfReferenceUID: tag<'FrameOfReferenceUID'>('00200052'),
  ReferencedImageSequence: tag<'ReferencedImageSequence'>('00081140'),
  ReferencedSOPInstanceUID: tag<'ReferencedSOPInstanceUID'>('00081155'),
  AcquisitionNumber: tag<'AcquisitionNumber'>('00200012'),
  ContrastBolusAgent: tag<'ContrastBolusAgent'>('00180010'),
} as const

/** What is the same in all instances of a patient. */
export const patientLevelTags: ReadonlySet<string> = new Set([
  CommonTags.PatientID,
  CommonTags.PatientName,
  CommonTags.PatientBirthDate,
  CommonTags.PatientSex,
])

/** What is the same in all instances of a study. */
export const studyLevelTags: ReadonlySet<string> = new Set([
  CommonTags.StudyInstanceUID,
  CommonTags.StudyID,
  CommonTags.StudyDate,
  CommonTags.StudyTime,
  CommonTags.AccessionNumber,
])

/** What is the same in all instances of a series. */
export const seriesLevelTags: ReadonlySet<string> = new Set([
  CommonTags.SeriesInstanceUID,
  CommonTags.SeriesNumber,
  CommonTags.Modality,
])

/** What tells the instances of a series apart. */
export const instanceLevelTags: ReadonlySet<string> = new Set([
  CommonTags.SOPInstanceUID,
  CommonTags.SOPClassUID,
  CommonTags.InstanceNumber,
])
