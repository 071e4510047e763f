import { patientLevelTags, seriesLevelTags, studyLevelTags, tagOfKeyword } from 'dicube'

/** What the fields are sorted under, in this order. */
export const GROUPS = ['Patient', 'Study', 'Series', 'Equipment', 'Acquisition', 'Image', 'Other', 'Private'] as const
export type Group = (typeof GROUPS)[number]

const tagsOf = (...keywords: string[]) => keywords.map(keyword => tagOfKeyword(keyword)!)

/** Attributes whose group of PS3.6 does not tell the module of PS3.3 they belong to. */
const STUDY = new Set([
  ...studyLevelTags,
  ...tagsOf(
    'StudyDescription',
    'ReferringPhysicianName',
    'ReferringPhysicianIdentificationSequence',
    'ConsultingPhysicianName',
    'PhysiciansOfRecord',
    'NameOfPhysiciansReadingStudy',
    'RequestingPhysician',
    'RequestingService',
    'RequestedProcedureDescription',
    'RequestedProcedureCodeSequence',
    'ProcedureCodeSequence',
    'ReasonForStudy',
    'ReferencedStudySequence',
    'AdmittingDiagnosesDescription',
    'IssuerOfAccessionNumberSequence',
    'StudyStatusID',
    'StudyPriorityID',
    'StudyComments',
  ),
])
const SERIES = new Set([
  ...seriesLevelTags,
  ...tagsOf(
    'SeriesDescription',
    'SeriesDescriptionCodeSequence',
    'SeriesDate',
    'SeriesTime',
    'ProtocolName',
    'BodyPartExamined',
    'PatientPosition',
    'Laterality',
    'PerformingPhysicianName',
    'OperatorsName',
    'RequestAttributesSequence',
    'ReferencedPerformedProcedureStepSequence',
    'SmallestPixelValueInSeries',
    'LargestPixelValueInSeries',
    'FrameOfReferenceUID',
    'PositionReferenceIndicator',
    'ReferencedSeriesSequence',
    'RelatedSeriesSequence',
  ),
])
const EQUIPMENT = new Set(
  tagsOf(
    'Manufacturer',
    'ManufacturerModelName',
    'InstitutionName',
    'InstitutionAddress',
    'InstitutionalDepartmentName',
    'InstitutionalDepartmentTypeCodeSequence',
    'StationName',
    'DeviceSerialNumber',
    'DeviceUID',
    'DeviceID',
    'SoftwareVersions',
    'GantryID',
    'UDISequence',
    'SpatialResolution',
    'DateOfLastCalibration',
    'TimeOfLastCalibration',
    'DateOfManufacture',
    'DateOfInstallation',
    'TimezoneOffsetFromUTC',
  ),
)
const ACQUISITION = new Set(
  tagsOf('AcquisitionDate', 'AcquisitionTime', 'AcquisitionDateTime', 'AcquisitionNumber', 'AcquisitionUID'),
)
const IMAGE = new Set(
  tagsOf(
    'ImageType',
    'SOPClassUID',
    'SOPInstanceUID',
    'InstanceNumber',
    'ContentDate',
    'ContentTime',
    'InstanceCreationDate',
    'InstanceCreationTime',
    'TransferSyntaxUID',
    'LossyImageCompression',
  ),
)

/** Where people look for an attribute: the information entity of PS3.3 §A.1 that it describes. */
export function groupOf(tag: string): Group {
  const group = Number.parseInt(tag.slice(0, 4), 16)
  if (group % 2) return 'Private'
  if (STUDY.has(tag)) return 'Study'
  if (SERIES.has(tag)) return 'Series'
  if (EQUIPMENT.has(tag)) return 'Equipment'
  if (ACQUISITION.has(tag)) return 'Acquisition'
  if (IMAGE.has(tag)) return 'Image'
  if (group === 0x0010 || group === 0x0012 || group === 0x0038 || patientLevelTags.has(tag)) return 'Patient'
  if (group === 0x0032) return 'Study'
  if (group === 0x0040) return tag <= '00400280' ? 'Series' : 'Other'
  if (group === 0x0018 || group === 0x0054) return 'Acquisition'
  if (group === 0x0020 || group === 0x0028 || group === 0x2050 || group === 0x5200) return 'Image'
  return 'Other'
}

/** The element that names the owner of a private one (PS3.5 §7.8.1), where the tag is in a block that can have one. */
export function privateCreatorTag(tag: string): string | undefined {
  const block = tag.slice(4, 6)
  return Number.parseInt(tag.slice(0, 4), 16) % 2 && block >= '10' ? `${tag.slice(0, 4)}00${block}` : undefined
}
